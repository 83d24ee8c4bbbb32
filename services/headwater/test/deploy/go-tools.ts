import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)

export const onPath = (name: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

/** From 1.21 on Go fetches the toolchain that a module asks for; older ones cannot read its go.mod. */
const goMinor = () =>
  Number(/go1\.(\d+)/.exec(spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0)
export const hasGo: boolean = onPath('go') && goMinor() >= 21

/** Downloads a module with Go. @returns its folder */
export async function goModule(module: string, cache: string): Promise<string> {
  mkdirSync(cache, { recursive: true })
  const { stdout } = await exec('go', ['mod', 'download', '-json', module], { cwd: cache })
  return (JSON.parse(stdout) as { Dir: string }).Dir
}

/** Builds a program of a module where it is not in the cache. Its own go.mod may exclude versions, which `go install` refuses. @returns its path */
export async function goProgram(name: string, module: string, folder: string, cache: string): Promise<string> {
  const path = join(cache, `${name}-${module.slice(module.lastIndexOf('@') + 1)}`)
  if (existsSync(path)) return path
  const cwd = await goModule(module, cache)
  await exec('go', ['build', '-trimpath', '-o', path, folder], { cwd })
  return path
}
