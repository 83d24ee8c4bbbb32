import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { goProgram, hasGo, onPath } from './go-tools.js'

const exec = promisify(execFile)
const MODULE = 'github.com/docker/compose/v2@v2.40.3'

export const noCompose: string | undefined =
  hasGo || onPath('docker-compose')
    ? undefined
    : 'neither Go 1.21 or later, to build `docker compose`, nor docker-compose is installed'

/** How `docker compose` is run: variables, and the program where it is no plugin. */
export interface Compose {
  version: string
  environment: Record<string, string>
  executable?: { standalone: true; executablePath: string }
}

/** Docker's own plugin; else that of its Go module, built once; else docker-compose. */
export async function compose(cache: string): Promise<Compose> {
  const version = async (environment: Record<string, string>) =>
    (await exec('docker', ['compose', 'version'], { env: { ...process.env, ...environment } })).stdout.trim()
  const installed = await version({}).catch(() => undefined)
  if (installed !== undefined) return { version: installed, environment: {} }
  if (!hasGo) {
    const { stdout } = await exec('docker-compose', ['version', '--short'])
    return { version: stdout, environment: {}, executable: { standalone: true, executablePath: 'docker-compose' } }
  }
  const program = await goProgram('docker-compose', MODULE, './cmd', cache)
  const plugins = join(cache, 'docker', 'cli-plugins')
  mkdirSync(plugins, { recursive: true })
  rmSync(join(plugins, 'docker-compose'), { force: true })
  symlinkSync(program, join(plugins, 'docker-compose'))
  const environment = { DOCKER_CONFIG: join(cache, 'docker') }
  return { version: `${await version(environment)} (${MODULE})`, environment }
}
