import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { buildLoad, Load, type LoadOptions, TestNamespace, wire } from '@headwater/native/testing'

export const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Where the load runs: two network namespaces of the bench's own with a wire between them, or the loopback of one. */
export class Ground {
  readonly #one = new TestNamespace()
  readonly #two = new TestNamespace()
  /** Both ends of the load on one CPU, all else on the others (where there are others). */
  readonly loadCpu = availableParallelism() - 1
  readonly agentCpus = this.loadCpu === 0 ? '0' : `0-${this.loadCpu - 1}`

  readonly #loopback: boolean

  private constructor(loopback: boolean) {
    this.#loopback = loopback
    wire(this.#one, this.#two, [['192.0.2.1/24', '192.0.2.2/24']])
  }

  static make(path: string): Ground {
    buildLoad()
    const ground = new Ground(path === 'loopback')
    // Children end with this process; a namespace would stay.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        ground.remove()
        process.exit(1)
      })
    }
    return ground
  }

  get #ends(): LoadOptions {
    return this.#loopback
      ? { address: '127.0.0.1', client: this.#one.path, server: this.#one.path }
      : { address: '192.0.2.2', client: this.#one.path, server: this.#two.path }
  }

  /** Paths of the namespaces that hold the load's ends. */
  get namespaces(): string[] {
    return this.#loopback ? [this.#one.path] : [this.#one.path, this.#two.path]
  }

  pair(): Promise<Load> {
    return Load.start({ ...this.#ends, cpu: this.loadCpu })
  }

  /** Opens `connections` and keeps them, in as many processes as their limit of open files asks for. */
  async hold(connections: number): Promise<Load[]> {
    const loads: Load[] = []
    for (let left = connections; left > 0; ) {
      const load = await Load.start({ ...this.#ends, port: 7800 + 16 * loads.length })
      loads.push(load)
      const some = Math.min(left, load.files - 64)
      await load.hold(some)
      left -= some
    }
    return loads
  }

  remove(): void {
    this.#one.remove()
    this.#two.remove()
  }
}

/** Processes that hold BPF programs of their own: what they attach to the kernel's hooks costs the rounds without an agent, too. */
export function othersWithPrograms(): string[] {
  const found = new Set<string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fds = readdirSync(`/proc/${pid}/fd`)
      if (!fds.some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).includes('bpf-prog'))) continue
      found.add(`${pid} ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}`)
    } catch {
      // It has ended meanwhile.
    }
  }
  return [...found]
}

export const machine = () => ({
  kernel: release(),
  cpus: availableParallelism(),
  cpu: cpus()[0]?.model ?? '',
  memory_gb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: Number((loadavg()[0] ?? 0).toFixed(2)),
})
