import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Logger } from '@headwater/contracts/runtime'
import type { Namespace } from '../net/namespace.js'

/** A service holds little: a small heap is collected early instead of grown. */
const NODE_FLAGS = ['--max-old-space-size=32', '--max-semi-space-size=1', '--single-threaded-gc', '--no-warnings']

const ANSWER_MS = 15_000

export interface WorkerOptions {
  name: string
  namespace: Namespace
  /** File that it runs. */
  program: string
  env: NodeJS.ProcessEnv
  logger: Logger
}

type Answer = { id: number; error?: string }

/** A process of the lab in its network namespace, asked over an IPC channel. It ends when the channel closes. */
export class Worker {
  #process: ChildProcess | undefined
  #next = 1
  #stopping = false
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()

  constructor(private readonly options: WorkerOptions) {}

  get pid(): number | undefined {
    return this.#process?.pid
  }

  start(): void {
    const { name, namespace, program, env, logger } = this.options
    const [file, args] = namespace.enter(process.execPath, [...NODE_FLAGS, program])
    const child = spawn(file, args, { detached: true, env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#process = child
    child.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (answer.error === undefined) waiting?.resolve(answer)
      else waiting?.reject(new Error(`${name}: ${answer.error}`))
    })
    const end = (why: string) => {
      if (!this.#stopping) logger.error(`${name} ended (${why})`)
      this.#process = undefined
      for (const { reject } of this.#waiting.values()) reject(new Error(`${name} ended (${why})`))
      this.#waiting.clear()
    }
    child.once('error', (error) => end(error.message))
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
  }

  /** @throws where it is gone, does not answer in time, or answers with an error */
  ask<T extends Answer>(question: Record<string, unknown>): Promise<T> {
    const { name } = this.options
    const child = this.#process
    if (child?.connected !== true) return Promise.reject(new Error(`${name} does not run`))
    const id = this.#next++
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new Error(`${name} does not answer`))
      }, ANSWER_MS)
      const settle =
        <A extends unknown[]>(done: (...values: A) => void) =>
        (...values: A) => {
          clearTimeout(timer)
          done(...values)
        }
      this.#waiting.set(id, { resolve: settle(resolve as (answer: Answer) => void), reject: settle(reject) })
      child.send({ id, ...question }, (error) => error !== null && this.#waiting.get(id)?.reject(error))
    })
  }

  /** Its connections are cut: whoever wants them closed drains the lab first. */
  async stop(): Promise<void> {
    this.#stopping = true
    const child = this.#process
    if (child === undefined || child.pid === undefined) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}
