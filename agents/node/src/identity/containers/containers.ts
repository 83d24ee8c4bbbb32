import type { Logger } from '@headwater/contracts'
import { Backoff } from '../../outbox/backoff.js'
import { Container, type ContainerFacts, NO_CONTAINER } from './container.js'
import type { DockerEngine, EngineError } from './docker-engine.js'

const MAX_CONTAINERS = 4096
const MAX_WANTED = 1024
const MAX_IN_FLIGHT = 4
const MAX_TRIES = 3
/** A container that is seen is asked about again after this long: it may have been renamed, or the engine not have known it. */
const ASK_AGAIN_MS = 600_000

interface Known {
  container: Container
  /** On the monotonic clock. */
  asked: number
  /** How often the engine went away over it. */
  tries: number
}

/**
 * Containers by id, with the names that the Docker engine of this machine tells. `of` answers at once, with empty names where
 * they are not known yet; they are filled in behind it. An engine that is away is tried again, less and less often.
 */
export class Containers {
  /** Requests that the engine answered with what is of no use, or not at all. */
  failed = 0
  /** Containers not asked about, because too many were waiting. */
  overflowed = 0
  /** How often a container was told of. */
  told = 0
  /** Labels left out for their number or length. */
  labelsLeftOut = 0
  /** '' while the engine answers, else what is wrong with it; undefined where there is none. */
  problem: string | undefined
  readonly #known = new Map<string, Known>()
  readonly #wanted = new Set<string>()
  readonly #backoff = new Backoff()
  readonly #inFlight = new Set<Promise<void>>()
  readonly #aborts = new AbortController()
  #timer: NodeJS.Timeout | undefined
  /** The engine has answered last time. */
  #here = false
  #running = false

  /** @param engine none: the names stay empty */
  constructor(
    private readonly engine?: DockerEngine,
    private readonly logger?: Logger,
  ) {}

  get size(): number {
    return this.#known.size
  }

  /** Asks for the containers that run, without waiting for the answer. */
  start(): void {
    if (this.engine === undefined) return
    this.#running = true
    this.#track(this.#list(this.engine))
  }

  async stop(): Promise<void> {
    this.#running = false
    clearTimeout(this.#timer)
    this.#aborts.abort()
    await Promise.all(this.#inFlight)
  }

  /** @param id '' for none */
  of(id: string): Readonly<Container> {
    if (id === '') return NO_CONTAINER
    const known = this.#remember(id)
    const now = performance.now()
    if (this.engine === undefined || now - known.asked < ASK_AGAIN_MS) return known.container
    if (this.#wanted.size < MAX_WANTED) {
      known.asked = now
      this.#wanted.add(id)
      this.#ask()
    } else this.overflowed++
    return known.container
  }

  /** The entry of an id, the newest then. */
  #remember(id: string): Known {
    const known = this.#known.get(id) ?? { container: new Container(id), asked: Number.NEGATIVE_INFINITY, tries: 0 }
    this.#known.delete(id)
    this.#known.set(id, known)
    if (this.#known.size > MAX_CONTAINERS) {
      const oldest = this.#known.keys().next().value as string
      this.#known.delete(oldest)
      this.#wanted.delete(oldest)
    }
    return known
  }

  #ask(): void {
    const { engine } = this
    if (engine === undefined) return
    while (this.#running && this.#here && this.#inFlight.size < MAX_IN_FLIGHT) {
      const [id] = this.#wanted
      if (id === undefined) return
      this.#wanted.delete(id)
      this.#track(this.#inspect(engine, id))
    }
  }

  async #list(engine: DockerEngine): Promise<void> {
    try {
      for (const facts of await engine.list(this.#aborts.signal)) {
        this.#tell(facts)
        if (!facts.whole) continue
        this.#remember(facts.id).asked = performance.now()
        this.#wanted.delete(facts.id)
      }
      this.#answered()
    } catch (cause) {
      // An engine whose list is of no use may still tell of one container.
      this.#here = !this.#failed(cause, 'warn')
    }
  }

  async #inspect(engine: DockerEngine, id: string): Promise<void> {
    try {
      const facts = await engine.inspect(id, this.#aborts.signal)
      if (facts !== undefined) this.#tell(facts)
      this.#answered()
    } catch (cause) {
      const known = this.#known.get(id)
      if (this.#failed(cause, 'debug') && known !== undefined && ++known.tries < MAX_TRIES) this.#wanted.add(id)
    }
  }

  #tell(facts: ContainerFacts): void {
    this.told++
    this.labelsLeftOut += this.#remember(facts.id).container.tell(facts)
  }

  #answered(): void {
    if (this.problem !== '') this.logger?.info('the Docker engine tells the names of containers')
    this.problem = ''
    this.#here = true
    this.#backoff.reset()
  }

  /** @returns whether the engine is away: then it is tried again by and by */
  #failed(cause: unknown, level: 'warn' | 'debug'): boolean {
    if (!this.#running) return true
    const { message, away } = cause as EngineError
    // Most machines without an engine have no socket: that is no fault, and no news.
    const none = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
    const problem = none ? undefined : message
    if (!none) this.failed++
    if (problem !== undefined && problem !== this.problem)
      this.logger?.[away ? 'warn' : level](`names of containers are missing: ${this.engine?.socketPath}: ${message}`)
    if (!away) return false
    this.problem = problem
    this.#here = false
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      if (this.engine !== undefined && this.#running) this.#track(this.#list(this.engine))
    }, this.#backoff.next()).unref()
    return true
  }

  #track(task: Promise<void>): void {
    const tracked = task.finally(() => {
      this.#inFlight.delete(tracked)
      this.#ask()
    })
    this.#inFlight.add(tracked)
  }
}
