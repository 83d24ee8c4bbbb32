import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@headwater/contracts/runtime'
import type { Assignment, FromChild, ToChild } from './messages.js'

const PROGRAM = fileURLToPath(new URL('../../bin/headwater.js', import.meta.url))

const BACKOFF_MS = [200, 500, 1_000, 2_000, 5_000, 10_000]
/** A run as long as this ends a series of failures. */
const STABLE_MS = 60_000

export interface ChildOptions {
  name: string
  /** The hidden command it runs. */
  command: 'child-services' | 'child-agent'
  /** Asked for at each start, when the child has loaded its code. */
  assignment: () => Promise<Assignment>
  logger: Logger
  onSpawn: (pid: number) => void
  /** What is not of a child's life. */
  onMessage: (message: FromChild) => void
  onReady: (message: FromChild & { type: 'ready' }) => void
  onFailed: (message: FromChild & { type: 'failed' }) => void
  /** It ended unasked, and is started again. */
  onDown: (reason: string) => void
}

/** A child process of `up`, started again when it dies. It ends when its IPC channel closes: it does not outlive its parent. */
export class Child {
  #process: ChildProcess | undefined
  #stopping = false
  #failed = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(private readonly options: ChildOptions) {}

  get pid(): number | undefined {
    return this.#process?.pid
  }

  start(): void {
    const { logger, name } = this.options
    const since = performance.now()
    // In a group of its own: Ctrl-C in the terminal is for the supervisor, who stops its children in order.
    const child = spawn(process.execPath, [PROGRAM, this.options.command], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#process = child
    if (child.pid !== undefined) this.options.onSpawn(child.pid)
    child.on('message', (message: FromChild) => void this.#take(message))
    this.#ended = new Promise((resolve) => {
      const end = (reason: string) => {
        if (this.#process !== child) return
        this.#process = undefined
        resolve()
        if (this.#stopping || this.#failed) return
        if (performance.now() - since > STABLE_MS) this.#failures = 0
        const wait = BACKOFF_MS[Math.min(this.#failures++, BACKOFF_MS.length - 1)] ?? 0
        logger.error(`${name} ended (${reason}), starting it again`, { wait_ms: wait })
        this.options.onDown(reason)
        this.#timer = setTimeout(() => this.start(), wait)
      }
      child.once('error', (error) => end(error.message))
      child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `killed by ${signal}`))
    })
  }

  send(message: ToChild): void {
    if (this.#process?.connected === true) this.#process.send(message, () => undefined)
  }

  /** Asks it to end, and makes it after `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    const child = this.#process
    if (child === undefined) return
    this.send({ type: 'stop' })
    const timer = setTimeout(() => {
      this.options.logger.warn(`${this.options.name} did not stop within ${withinMs} ms: killed`)
      child.kill('SIGKILL')
    }, withinMs)
    await this.#ended
    clearTimeout(timer)
  }

  kill(): void {
    this.#stopping = true
    clearTimeout(this.#timer)
    this.#process?.kill('SIGKILL')
  }

  async #take(message: FromChild): Promise<void> {
    if (message.type === 'loaded') {
      const assignment = await this.options.assignment().catch(() => undefined)
      if (assignment !== undefined) this.send({ type: 'start', assignment })
    } else if (message.type === 'ready') this.options.onReady(message)
    else if (message.type === 'failed') {
      this.#failed = true
      this.options.onFailed(message)
    } else this.options.onMessage(message)
  }
}
