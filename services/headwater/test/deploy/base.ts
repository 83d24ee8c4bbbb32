import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)
/** What the Dockerfiles and the test run in it. */
const PROGRAMS = ['sh', 'grep', 'mkdir', 'chown', 'chmod', 'httpd', 'nc', 'sleep', 'cat']

/** The shared libraries of a program, where its loader looks for them. */
async function libraries(path: string): Promise<string[]> {
  const { stdout } = await exec('ldd', [path])
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '')
}

/**
 * A base image of this machine's own files, as a tar: busybox and the libraries that Node and the addon are linked with. No registry is asked.
 * @param links programs and libraries that images of it will run
 */
export async function baseArchive(folder: string, links: readonly string[]): Promise<string> {
  const base = join(folder, 'base')
  for (const name of ['bin', 'sbin', 'etc', 'tmp', 'var/lib', 'www', 'run'])
    mkdirSync(join(base, name), { recursive: true })
  cpSync('/bin/busybox', join(base, 'bin', 'busybox'), { dereference: true })
  for (const name of PROGRAMS) symlinkSync('busybox', join(base, 'bin', name))
  cpSync('/sbin/ldconfig', join(base, 'sbin', 'ldconfig'), { dereference: true })
  for (const path of new Set((await Promise.all(links.filter((l) => existsSync(l)).map(libraries))).flat())) {
    mkdirSync(dirname(join(base, path)), { recursive: true })
    cpSync(realpathSync(path), join(base, path))
  }
  cpSync('/etc/ld.so.conf', join(base, 'etc', 'ld.so.conf'))
  cpSync('/etc/ld.so.conf.d', join(base, 'etc', 'ld.so.conf.d'), { recursive: true })
  await exec('ldconfig', ['-r', base])
  const archive = join(folder, 'base.tar')
  await exec('tar', ['-C', base, '-cf', archive, '.'])
  rmSync(base, { recursive: true, force: true })
  return archive
}
