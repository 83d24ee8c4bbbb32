import { type Logger, UserError } from '@headwater/contracts/runtime'
import type { Config } from '../config/keys.js'
import { Child } from './child.js'
import type { Assignment } from './messages.js'
import type { AgentState, Hint } from './status.js'

/** An agent of this machine: most often one, of the machine itself. */
export interface AgentPlan {
  /** Of the process, in the log. */
  name: string
  /** Asked for at each start of the agent. */
  config: () => Promise<Config>
}

export interface AgentsOptions {
  plans: readonly AgentPlan[]
  /** What they do, in words, when all work. */
  observes: string
  /** Resolves when there is somebody to take their data. */
  ready: Promise<unknown>
  token: string
  logger: Logger
  onSpawn: (pid: number) => void
  onChange: (state: AgentState, hints: Hint[]) => void
}

/** The agents of `up`, which are told of as one: it works when all do. */
export class Agents {
  readonly #children: Child[]
  readonly #states = new Map<string, AgentState>()
  readonly #hints = new Map<string, Hint>()
  readonly #settled = Promise.withResolvers<void>()

  constructor(private readonly options: AgentsOptions) {
    this.#children = options.plans.map((plan) => this.#child(plan))
    for (const { name } of options.plans) this.#states.set(name, { state: 'starting', message: '' })
    if (options.plans.length === 0) this.#settled.resolve()
  }

  /** Resolves when it is known of each whether it works. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  start(): void {
    for (const child of this.#children) child.start()
  }

  async stop(withinMs: number): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop(withinMs)))
  }

  kill(): void {
    for (const child of this.#children) child.kill()
  }

  #child({ name, config }: AgentPlan): Child {
    const { logger, onSpawn, ready, token } = this.options
    return new Child({
      name,
      command: 'child-agent',
      logger,
      // Its code loads beside the others'; it attaches when there is somebody to take its data.
      assignment: async (): Promise<Assignment> => {
        await ready
        return { config: await config(), token }
      },
      onSpawn,
      onMessage: () => undefined,
      onReady: () => this.#set(name, { state: 'running', message: '' }),
      onFailed: ({ code, message, fix }) => this.#failed(name, new UserError(code, message, fix)),
      onDown: (reason) => this.#set(name, { state: 'starting', message: `ended (${reason}), starting again` }),
    })
  }

  #failed(name: string, error: UserError): void {
    this.options.logger.error(`${name} cannot work here: ${error.message}`)
    const title = this.#children.length === 1 ? 'The agent cannot work here' : `The ${name} cannot work here`
    this.#hints.set(name, { title, detail: `${error.message} ${error.fix}`.trim(), command: null })
    this.#set(name, { state: 'failed', message: error.message })
  }

  #set(name: string, state: AgentState): void {
    this.#states.set(name, state)
    const states = [...this.#states]
    if (states.every(([, { state }]) => state !== 'starting')) this.#settled.resolve()
    this.options.onChange(this.#sum(states), [...this.#hints.values()])
  }

  /** The state that most needs to be known, and whose it is where there are several. */
  #sum(states: [string, AgentState][]): AgentState {
    const [name, worst] =
      states.find(([, { state }]) => state === 'failed') ?? states.find(([, { state }]) => state === 'starting') ?? []
    if (name === undefined || worst === undefined) return { state: 'running', message: this.options.observes }
    if (states.length === 1) return worst
    const running = states.filter(([, { state }]) => state === 'running').length
    const of = `${running} of ${states.length} run`
    return { ...worst, message: worst.message === '' ? of : `${of}; ${name}: ${worst.message}` }
  }
}
