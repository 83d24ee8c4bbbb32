import { type Logger, UserError } from '@headwater/contracts/runtime'
import { formatAddress } from '../config/address.js'
import type { Config } from '../config/keys.js'
import type { DataDir } from '../data/data-dir.js'
import type { Unprivileged } from '../privileges/user.js'
import { registerPid } from '../self/pids.js'
import { whyNoAgent } from './agent-missing.js'
import { Child } from './child.js'
import type { Assignment } from './messages.js'
import { type Parts, statusOf } from './status.js'
import { EmbeddedStore } from './store.js'

export interface SupervisorOptions {
  config: Config
  dir: DataDir
  token: string
  user: Unprivileged | undefined
  logger: Logger
}

/** Limits of a clean stop in ms, by part, in the order they are stopped; in sum below 5 s. */
const STOP_MS = { agent: 2_000, services: 1_700, store: 1_000 }

/** Starts the parts, starts again what dies, tells the console how they are, and stops them in order. */
export class Supervisor {
  readonly parts: Parts
  readonly #store: EmbeddedStore | undefined
  readonly #services: Child
  readonly #agent: Child | undefined
  readonly #ready = Promise.withResolvers<string>()
  readonly #agentSettled = Promise.withResolvers<void>()
  #listen: Config['listen']

  constructor(private readonly options: SupervisorOptions) {
    const { config, dir, logger, user } = options
    this.#listen = config.listen
    const missing = whyNoAgent(config)
    const outside = config['clickhouse.url']
    this.parts = {
      agent: missing?.state ?? { state: 'starting', message: '' },
      store:
        outside === undefined
          ? { kind: 'embedded', ok: false, message: 'embedded ClickHouse, starting' }
          : { kind: 'external', ok: true, message: `ClickHouse at ${outside}` },
      hints: missing === undefined ? [] : [missing.hint],
    }
    if (outside === undefined) {
      this.#store = new EmbeddedStore({
        dataDir: dir.path,
        runAs: user,
        logger: logger.child('store'),
        onUp: (pid, message) => {
          if (pid !== undefined) registerPid(dir.pids, pid)
          this.#change({ store: { kind: 'embedded', ok: true, message } })
        },
        onDown: (reason) =>
          this.#change({
            store: { kind: 'embedded', ok: false, message: `embedded ClickHouse ended (${reason}), starting again` },
          }),
      })
    }
    this.#services = this.#child('services', 'child-services')
    this.#agent = missing === undefined ? this.#child('agent', 'child-agent') : undefined
    if (this.#agent === undefined) this.#agentSettled.resolve()
    // Either is told to whoever waits; a failure that comes while nobody does is no crash.
    this.#ready.promise.catch(() => undefined)
    this.failed.promise.catch(() => undefined)
  }

  /**
   * Resolves with the URL when the API answers.
   * @throws UserError where a part cannot work here
   */
  async start(): Promise<string> {
    this.#services.start()
    this.#agent?.start()
    await this.#store?.start()
    this.#storeUp.resolve()
    return this.#ready.promise
  }

  /** Resolves when it is known whether the agent works, or after `withinMs`. */
  agentSettled(withinMs: number): Promise<void> {
    return Promise.race([
      this.#agentSettled.promise,
      new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref()),
    ])
  }

  /** Rejects when a part fails for good after the start. */
  readonly failed = Promise.withResolvers<never>()
  readonly #storeUp = Promise.withResolvers<void>()

  async stop(): Promise<void> {
    this.#storeUp.reject(new Error('stopping'))
    this.#storeUp.promise.catch(() => undefined)
    await this.#agent?.stop(STOP_MS.agent)
    await this.#services.stop(STOP_MS.services)
    await this.#store?.stop(STOP_MS.store)
  }

  kill(): void {
    this.#agent?.kill()
    this.#services.kill()
    this.#store?.kill()
  }

  #child(name: 'services' | 'agent', command: 'child-services' | 'child-agent'): Child {
    const { logger, dir } = this.options
    return new Child({
      name,
      command,
      logger,
      assignment: () => this.#assign(name),
      onSpawn: (pid) => registerPid(dir.pids, pid),
      onReady: ({ url }) => (name === 'agent' ? this.#agentReady() : this.#servicesReady(url ?? '')),
      onFailed: ({ code, message, fix }) => {
        const error = new UserError(code, message, fix)
        if (name === 'agent') this.#agentFailed(error)
        else {
          this.#ready.reject(error)
          this.failed.reject(error)
        }
      },
      onDown: (reason) => {
        if (name === 'agent')
          this.#change({ agent: { state: 'starting', message: `ended (${reason}), starting again` } })
      },
    })
  }

  async #assign(name: 'services' | 'agent'): Promise<Assignment> {
    const { config, token, user } = this.options
    if (name === 'agent') {
      // Its code loads beside the others'; it attaches when there is somebody to take its data.
      await this.#ready.promise
      return { config, token }
    }
    await this.#storeUp.promise
    return { config: { ...config, listen: this.#listen }, token, ...(user === undefined ? {} : { user }) }
  }

  #servicesReady(url: string): void {
    // A restart takes the same port where the first start chose one.
    const port = Number(new URL(url).port)
    this.#listen = { ...this.options.config.listen, port: port === 0 ? this.#listen.port : port }
    this.#tell()
    this.#ready.resolve(url)
    this.options.logger.info('API and console are up', { listen: formatAddress(this.#listen) })
  }

  #agentReady(): void {
    this.#change({ agent: { state: 'running', message: 'observes this machine' } })
    this.#agentSettled.resolve()
  }

  #agentFailed(error: UserError): void {
    this.options.logger.error(`the agent cannot work here: ${error.message}`)
    this.#change({
      agent: { state: 'failed', message: error.message },
      hints: [{ title: 'The agent cannot work here', detail: `${error.message} ${error.fix}`.trim(), command: null }],
    })
    this.#agentSettled.resolve()
  }

  #change(parts: Partial<Parts>): void {
    Object.assign(this.parts, parts)
    this.#tell()
  }

  #tell(): void {
    this.#services.send({ type: 'status', status: statusOf(this.options.config, this.parts) })
  }
}
