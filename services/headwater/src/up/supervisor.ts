import { type Logger, UserError } from '@headwater/contracts/runtime'
import { formatAddress } from '../config/address.js'
import type { Config } from '../config/keys.js'
import type { DataDir } from '../data/data-dir.js'
import type { Unprivileged } from '../privileges/user.js'
import { registerPid } from '../self/pids.js'
import { whyNoAgent } from './agent-missing.js'
import { type AgentPlan, Agents } from './agents.js'
import { Child } from './child.js'
import type { LabPart } from './lab-part.js'
import type { Assignment, FromChild } from './messages.js'
import { type Parts, statusOf } from './status.js'
import { EmbeddedStore } from './store.js'

export interface SupervisorOptions {
  config: Config
  dir: DataDir
  token: string
  user: Unprivileged | undefined
  logger: Logger
  /** The agents to run, and in words what they observe. */
  agents: { plans: readonly AgentPlan[]; observes: string }
  /** Of the demo. */
  lab?: LabPart
}

/** Limits of a clean stop in ms, by part, in the order they are stopped; in sum below 5 s. */
const STOP_MS = { agent: 2_000, services: 1_700, store: 1_000 }

/** Starts the parts, starts again what dies, tells the console how they are, and stops them in order. */
export class Supervisor {
  readonly parts: Parts
  readonly #store: EmbeddedStore | undefined
  readonly #services: Child
  readonly #agents: Agents
  readonly #ready = Promise.withResolvers<string>()
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
    this.#services = this.#child()
    this.#agents = new Agents({
      plans: missing === undefined ? options.agents.plans : [],
      observes: options.agents.observes,
      ready: this.#ready.promise,
      token: options.token,
      logger,
      onSpawn: (pid) => registerPid(dir.pids, pid),
      onChange: (agent, hints) => this.#change({ agent, hints }),
    })
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
    this.#agents.start()
    const store = async () => {
      await this.#store?.start()
      this.#storeUp.resolve()
    }
    const { lab } = this.options
    const [url] = await Promise.all([this.#ready.promise, store(), lab?.start()])
    if (lab !== undefined) void this.#agents.settled.then(() => lab.observed())
    return url
  }

  /** Resolves when it is known whether the agent works, or after `withinMs`. */
  agentSettled(withinMs: number): Promise<void> {
    return Promise.race([this.#agents.settled, new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref())])
  }

  /** Rejects when a part fails for good after the start. */
  readonly failed = Promise.withResolvers<never>()
  readonly #storeUp = Promise.withResolvers<void>()

  async stop(): Promise<void> {
    this.#storeUp.reject(new Error('stopping'))
    this.#storeUp.promise.catch(() => undefined)
    await this.#agents.stop(STOP_MS.agent)
    // After the agents, which look at it for the last time.
    await Promise.all([this.options.lab?.stop(), this.#services.stop(STOP_MS.services)])
    await this.#store?.stop(STOP_MS.store)
  }

  kill(): void {
    this.#agents.kill()
    this.#services.kill()
    this.#store?.kill()
  }

  #child(): Child {
    const { logger, dir } = this.options
    return new Child({
      name: 'services',
      command: 'child-services',
      logger,
      assignment: () => this.#assign(),
      onSpawn: (pid) => registerPid(dir.pids, pid),
      onMessage: (message) => void this.#switchFault(message),
      onReady: ({ url }) => this.#servicesReady(url ?? ''),
      onFailed: ({ code, message, fix }) => {
        const error = new UserError(code, message, fix)
        this.#ready.reject(error)
        this.failed.reject(error)
      },
      onDown: () => undefined,
    })
  }

  async #assign(): Promise<Assignment> {
    const { config, token, user, lab } = this.options
    await this.#storeUp.promise
    return {
      config: { ...config, listen: this.#listen },
      token,
      ...(user === undefined ? {} : { user }),
      ...(lab === undefined ? {} : { demo: lab.state() }),
    }
  }

  async #switchFault(message: FromChild): Promise<void> {
    const { lab, logger } = this.options
    if (message.type !== 'fault' || lab === undefined) return
    const { request, id, on } = message
    const error = await lab.setFault(id, on).then(
      () => undefined,
      (cause: Error) => cause.message,
    )
    if (error === undefined) logger.info(`fault ${id} is ${on ? 'on' : 'off'}`)
    else logger.error(`fault ${id} cannot be switched: ${error}`)
    this.#services.send({ type: 'fault', request, demo: lab.state(), ...(error === undefined ? {} : { error }) })
  }

  #servicesReady(url: string): void {
    // A restart takes the same port where the first start chose one.
    const port = Number(new URL(url).port)
    this.#listen = { ...this.options.config.listen, port: port === 0 ? this.#listen.port : port }
    this.#tell()
    this.#ready.resolve(url)
    this.options.logger.info('API and console are up', { listen: formatAddress(this.#listen) })
  }

  #change(parts: Partial<Parts>): void {
    Object.assign(this.parts, parts)
    this.#tell()
  }

  #tell(): void {
    this.#services.send({ type: 'status', status: statusOf(this.options.config, this.parts) })
  }
}
