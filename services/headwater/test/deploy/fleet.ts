import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { StartedDockerComposeEnvironment } from 'testcontainers'
import type { TestEngine } from '../support/docker.js'
import { CHECKOUT } from '../support/headwater.js'
import type { Compose } from './compose-plugin.js'

const exec = promisify(execFile)

/** compose.yaml, brought up in a copy of `deploy` beside no checkout, so that its secrets are none of a user's. */
export class Fleet {
  readonly #folder: string
  #started: StartedDockerComposeEnvironment | undefined
  #token = ''

  constructor(
    private readonly engine: TestEngine,
    folder: string,
  ) {
    this.#folder = join(folder, 'deploy')
  }

  /** @param services those of compose.yaml to start, by name */
  async up(compose: Compose, services: readonly string[], images: Record<string, string>): Promise<void> {
    mkdirSync(this.#folder, { recursive: true })
    for (const room of ['compose', 'prometheus'])
      cpSync(join(CHECKOUT, 'deploy', room), join(this.#folder, room), { recursive: true })
    const at = join(this.#folder, 'compose')
    chmodSync(join(at, 'secrets.sh'), 0o755)
    await exec('./secrets.sh', [], { cwd: at })
    this.#token = readFileSync(join(at, 'secrets/headwater_token'), 'utf8')
    // Ryuk's image would come from a registry; what is started here ends with its engine.
    Object.assign(process.env, { TESTCONTAINERS_RYUK_DISABLED: 'true', DOCKER_HOST: `unix://${this.engine.socket}` })
    const { DockerComposeEnvironment, Wait } = await import('testcontainers')
    const { executable, environment } = compose
    this.#started = await new DockerComposeEnvironment(at, 'compose.yaml')
      .withProjectName('headwater')
      .withEnvironment({ ...environment, ...images, DOCKER_SOCKET: this.engine.socket })
      .withClientOptions(executable === undefined ? {} : { executable })
      .withWaitStrategy('prometheus-1', Wait.forLogMessage(/Server is ready to receive web requests/))
      .withWaitStrategy('alertmanager-1', Wait.forLogMessage(/Listening on/))
      .withStartupTimeout(120_000)
      .up([...services])
  }

  /** A GET on a published port. */
  get = async <T>(url: string): Promise<T> => {
    const { status, body } = await this.engine.get(url, { authorization: `Bearer ${this.#token}` })
    if (status !== 200) throw new Error(`${url}: ${status} ${body}`)
    return JSON.parse(body) as T
  }

  inspect = async <T>(service: string, what: string): Promise<T> =>
    JSON.parse(await this.engine.docker('inspect', '-f', `{{json ${what}}}`, `headwater-${service}-1`)) as T

  /** What a service said last, for a failure's message. */
  logs = (service: string): Promise<string> =>
    this.engine.said(`headwater-${service}-1`).catch((error: Error) => error.message)

  async down(): Promise<void> {
    await this.#started?.down({ removeVolumes: true, timeout: 10_000 })
  }
}
