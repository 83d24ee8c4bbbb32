import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('../../bench/build/load', import.meta.url))

export type LoadMode = 'storm' | 'rr' | 'stream' | 'udp'

/** What a round did: CPU of each end's process in microseconds. */
export interface LoadRound {
  operations: number
  client_cpu_us: number
  server_cpu_us: number
  seconds: number
}

export interface LoadOptions {
  address: string
  /** The first of 16. Default 7700. */
  port?: number
  /** Both ends run on this CPU. Default: anywhere. */
  cpu?: number
  /** Paths of the namespaces of both ends. Default: that of this process. */
  client?: string
  server?: string
}

/** Builds bench/load.cc where it has changed; throws what the compiler says. */
export function buildLoad(): void {
  const { status, stdout, stderr } = spawnSync('make', ['-C', folder, 'load'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`native/bench cannot be built: ${stdout}${stderr}`)
}

/** A program that takes orders by line, and answers each by a line of JSON. */
class Lines {
  readonly #child: ChildProcess
  readonly #waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = []
  readonly #ended: Promise<void>

  constructor(args: string[]) {
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        for (const { reject } of this.#waiting.splice(0)) reject(new Error(`load has ended with ${code}`))
        resolve()
      })
      this.#child.once('error', (error) => {
        for (const { reject } of this.#waiting.splice(0)) reject(error)
        resolve()
      })
    })
    // A write to one that has ended: the wait for its answer says so.
    this.#child.stdin?.on('error', () => {})
    if (this.#child.stdout) {
      createInterface(this.#child.stdout).on('line', (line) => this.#waiting.shift()?.resolve(line))
    }
  }

  async next(order?: string): Promise<unknown> {
    if (this.#child.exitCode !== null) throw new Error(`load has ended with ${this.#child.exitCode}`)
    const line = new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    if (order !== undefined) this.#child.stdin?.write(`${order}\n`)
    return JSON.parse(await line)
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end()
    await this.#ended
  }
}

/** Traffic with both ends, native/bench/load.cc: for benchmarks, and for tests that count. */
export class Load {
  private constructor(
    private readonly lines: Lines,
    /** Open files that each end may have. */
    readonly files: number,
  ) {}

  static async start(options: LoadOptions): Promise<Load> {
    const { address, port = 7700, cpu = -1, client, server } = options
    const namespaces = client === undefined || server === undefined ? [] : [client, server]
    const lines = new Lines([address, String(port), String(cpu), ...namespaces])
    const { files } = (await lines.next()) as { files: number }
    return new Load(lines, files)
  }

  async run(mode: LoadMode, seconds: number): Promise<LoadRound> {
    return (await this.lines.next(`${mode} ${seconds}`)) as LoadRound
  }

  /** Opens so many connections and keeps them. */
  async hold(connections: number): Promise<void> {
    await this.lines.next(`hold ${connections}`)
  }

  /** A byte there and back on each connection that is kept. */
  async touch(): Promise<void> {
    await this.lines.next('touch')
  }

  async drop(): Promise<void> {
    await this.lines.next('drop')
  }

  stop(): Promise<void> {
    return this.lines.stop()
  }
}

/** Has the kernel count the runs of BPF programs and their time, until the function that is given back is called or this process ends. */
export async function bpfStatistics(): Promise<() => Promise<void>> {
  const lines = new Lines(['statistics'])
  await lines.next()
  return () => lines.stop()
}

/** Ids of what the kernel has of BPF on the whole machine; `attached`: programs at the root of cgroup v2. */
export interface KernelIds {
  program: number[]
  map: number[]
  link: number[]
  attached: number[]
}

/** Asks the kernel itself, without the product's own code. @param cgroup folder of cgroup v2 */
export function kernelIds(cgroup: string): KernelIds {
  const { status, stdout, stderr } = spawnSync(program, ['objects', cgroup], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`load objects ${cgroup}: ${stderr}`)
  return JSON.parse(stdout)
}
