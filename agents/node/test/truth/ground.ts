import { TestNamespace, wire } from '@headwater/native/testing'
import { type Placed, place } from '../placed.js'

/** What a program counted of one end of a connection. */
export interface End {
  local: string
  remote: string
  sent: number
  received: number
  closed: boolean
}

/** A program with the namespace that it lives in. */
export interface Program extends Placed {
  ns: TestNamespace
  title: string
}

/** Where a server can be reached from a neighbour: IPv4; IPv6; IPv4 at a socket of IPv6; a socket of IPv6 that asks for IPv4. */
export interface Door {
  host: string
  port: number
}

const TCP_ALIVE = 'established syn-sent syn-recv fin-wait-1 fin-wait-2 close-wait last-ack closing'

/** Four namespaces in a row, and programs in them: `a` - `b` - `c` - `d`. */
export class Ground {
  readonly all: TestNamespace[] = []
  readonly programs: Program[] = []

  constructor(readonly count = 4) {
    try {
      for (let i = 0; i < count; i++) this.#join(i)
    } catch (cause) {
      for (const ns of this.all) ns.remove()
      throw cause
    }
  }

  #join(i: number): void {
    this.all.push(this.#fresh())
    if (i === 0) return
    wire(this.all[i - 1]!, this.all[i]!, [
      [`10.77.${i}.1/24`, `10.77.${i}.2/24`],
      [`fd77:${i}::1/64`, `fd77:${i}::2/64`],
    ])
  }

  #fresh(): TestNamespace {
    const ns = new TestNamespace()
    ns.ip('link set lo up')
    return ns
  }

  /** Address of namespace `at` as its neighbour `from` sees it; its own by loopback. */
  address(at: number, from: number, version: 4 | 6): string {
    if (at === from) return version === 4 ? '127.0.0.1' : '::1'
    const link = Math.max(at, from)
    const end = at === link ? 2 : 1
    return version === 4 ? `10.77.${link}.${end}` : `fd77:${link}::${end}`
  }

  async program(title: string, ns: TestNamespace): Promise<Program> {
    const program = { ...(await place('counting.mjs', ns.path)), ns, title }
    this.programs.push(program)
    await program.do('title', { title })
    return program
  }

  /** Ports of a server for each sort of address: [0.0.0.0, ::, :: again for IPv4 by sockets of IPv6]. */
  async server(ns: TestNamespace, title = 'hw-server'): Promise<{ program: Program; ports: number[] }> {
    const program = await this.program(title, ns)
    const ports: number[] = []
    for (const host of ['0.0.0.0', '::', '::']) ports.push(await program.do('serve', { host }))
    return { program, ports }
  }

  /** The doors of a server of namespace `at` for clients of `from`. */
  doors(ports: readonly number[], at: number, from: number): Door[] {
    const [v4, v6] = [this.address(at, from, 4), this.address(at, from, 6)]
    return [
      { host: v4, port: ports[0]! },
      { host: v6, port: ports[1]! },
      { host: v4, port: ports[2]! },
      { host: `::ffff:${v4}`, port: ports[2]! },
    ]
  }

  /** A namespace of its own, which comes and goes: `within` has it with its programs. */
  async passing<T>(within: (ns: TestNamespace) => Promise<T>): Promise<T> {
    const ns = this.#fresh()
    try {
      return await within(ns)
    } finally {
      for (const program of this.programs.filter((p) => p.ns === ns)) await program.stop()
      ns.remove()
    }
  }

  /** Ends of TCP that the kernel has not closed yet, of some ports or all; those that wait out their time are closed. */
  alive(ns: TestNamespace, ports: readonly number[]): number {
    const states = TCP_ALIVE.split(' ').map((state) => `state ${state}`)
    const of = ports.flatMap((port) => [`sport = :${port}`, `dport = :${port}`]).join(' or ')
    return ns
      .run(`ss -Htan ${states.join(' ')} ${of}`.trim())
      .split('\n')
      .filter(Boolean).length
  }

  /** Waits till the kernel has closed all but `held` ends. */
  async settled(held: number, { namespaces = this.all, ports = [] as readonly number[] } = {}): Promise<void> {
    const alive = () => namespaces.reduce((sum, ns) => sum + this.alive(ns, ports), 0)
    for (let wait = 0; alive() > held && wait < 600; wait++) await new Promise((r) => setTimeout(r, 50))
    if (alive() !== held) throw new Error(`${alive()} ends are open, not ${held}`)
  }

  async remove(): Promise<void> {
    for (const program of this.programs.splice(0)) await program.stop()
    for (const ns of this.all.splice(0)) ns.remove()
  }
}
