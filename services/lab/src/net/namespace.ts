import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathOf, run } from './tools.js'

/**
 * An anonymous network namespace: it lives as long as a process in it, here a `cat` whose input is a pipe of ours. However
 * this process ends, the pipe closes, and the kernel removes the namespace with all that is in it.
 */
export class Namespace {
  #holder: ChildProcess | undefined

  constructor(readonly name: string) {}

  /** Of the process that holds it. */
  get pid(): number {
    const pid = this.#holder?.pid
    if (pid === undefined) throw new Error(`namespace ${this.name} is not there`)
    return pid
  }

  get path(): string {
    return `/proc/${this.pid}/ns/net`
  }

  async start(): Promise<void> {
    // In a group of its own: Ctrl-C in the terminal is for the lab, which needs its namespaces to stop in order.
    const holder = spawn(pathOf('unshare'), ['--net', '--', pathOf('cat')], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#holder = holder
    holder.stdin?.on('error', () => undefined)
    const ended = new Promise<never>((_, reject) => {
      holder.once('error', reject)
      holder.once('exit', (code, signal) => reject(new Error(`unshare --net ended (${signal ?? code})`)))
    })
    ended.catch(() => undefined)
    // Its echo says that it has become cat, which is after unshare(2).
    holder.stdin?.write('\n')
    await Promise.race([once(holder.stdout as NodeJS.ReadableStream, 'data'), ended])
  }

  async stop(): Promise<void> {
    const holder = this.#holder
    this.#holder = undefined
    if (holder === undefined || holder.exitCode !== null || holder.signalCode !== null) return
    const gone = once(holder, 'exit')
    holder.kill('SIGKILL')
    await gone
  }

  /** Program and arguments that run another program in here. */
  enter(program: string, args: readonly string[]): [string, string[]] {
    return [pathOf('nsenter'), [`--net=${this.path}`, '--', pathOf(program), ...args]]
  }

  run(program: string, args: readonly string[], input?: string): Promise<string> {
    const [file, all] = this.enter(program, args)
    return run(file, all, input)
  }

  /** Lines for `ip -batch`, such as `link set lo up`. */
  async ip(lines: readonly string[]): Promise<void> {
    await this.run('ip', ['-batch', '-'], `${lines.join('\n')}\n`)
  }

  /** Writes one value to files below /proc/sys/net, which show the namespace of whoever opens them. */
  async sysctl(value: string, ...keys: string[]): Promise<void> {
    await this.run(
      'tee',
      keys.map((key) => `/proc/sys/net/${key}`),
      value,
    )
  }
}
