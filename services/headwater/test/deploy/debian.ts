import { execFile } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onPath } from './go-tools.js'

const exec = promisify(execFile)
/** As the Dockerfiles call it, so that they are built as a user builds them. */
export const DEBIAN = 'debian:bookworm-slim'
/** What images of agent and services are linked with: where a base has it, their build asks no network. */
const PACKAGES = ['ca-certificates', 'libbpf1', 'libstdc++6']

export const noDebian: string | undefined =
  onPath('debootstrap') || existsSync('/usr/sbin/debootstrap')
    ? /^VERSION_CODENAME=bookworm$/m.test(readFileSync('/etc/os-release', 'utf8'))
      ? undefined
      : 'the base image is made of this machine’s Debian packages, and it is not Debian 12'
    : 'debootstrap, which makes the base image, is not installed'

/** Debian 12 made of this machine's package mirror, as a tar; from the cache where it is there. No registry is asked. */
export async function debianArchive(cache: string): Promise<string> {
  const archive = join(cache, 'debian-bookworm.tar')
  if (existsSync(archive)) return archive
  const { stdout } = await exec('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(RELEASE)',
    'Identifier: Packages',
  ])
  const mirror = stdout.split('\n').find((line) => line.endsWith(' bookworm'))
  if (mirror === undefined) throw new Error('apt knows no mirror of bookworm')
  const root = join(cache, `debian.${process.pid}`)
  const folder = [`--include=${PACKAGES}`, 'bookworm', root, mirror.slice(0, mirror.indexOf(' '))]
  try {
    await exec('/usr/sbin/debootstrap', ['--variant=minbase', ...folder], { maxBuffer: 2 ** 24 })
    // A mirror that is a snapshot has lists whose date is over.
    writeFileSync(join(root, 'etc/apt/apt.conf.d/50snapshot'), 'Acquire::Check-Valid-Until "false";\n')
    await exec('tar', ['-C', root, '-cf', `${root}.tar`, '.'])
    renameSync(`${root}.tar`, archive)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  return archive
}
