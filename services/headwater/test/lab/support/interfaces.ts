import type { AskedLab } from './lab-process.js'

/** One pair of processes, as its client's interface sees it. */
export interface Wire {
  client: string
  server: string
  /** Namespace whose interface `up0` all of the pair's packets pass, and the server's address there. */
  at: string
  address: string
  port: number
}

/** IP bytes of each way. */
export interface WireBytes {
  client_to_server: number
  server_to_client: number
}

/** Of Ethernet, before each packet; an ARP packet (RFC 826) is 28 bytes behind it. */
const ETHERNET = 14
const ARP = 28

/** Rules without a target count, and do nothing else. raw sees what comes in first, mangle what goes out last. */
const INPUT = ['-w', '5', '-t', 'raw', '-A', 'PREROUTING', '-i', 'up0']
const OUTPUT = ['-w', '5', '-t', 'mangle', '-A', 'POSTROUTING', '-o', 'up0']

const rulesOf = ({ address, port }: Wire) =>
  [
    [...OUTPUT, '-p', 'tcp', '-d', address, '--dport', String(port)],
    [...INPUT, '-p', 'tcp', '-s', address, '--sport', String(port)],
  ] as const

interface Counter {
  packets: number
  bytes: number
}

/** An interface with its rules: what it counts, and what of it is whose. */
export class CountedInterface {
  constructor(
    private readonly demo: Pick<AskedLab, 'inspect'>,
    readonly namespace: string,
    readonly wires: readonly Wire[],
  ) {}

  /** Begins to count by pair: before the traffic. */
  async start(): Promise<void> {
    const run = (rule: readonly string[]) => this.demo.inspect(this.namespace, 'iptables', rule)
    for (const way of [INPUT, OUTPUT]) {
      await run([...way, '!', '-p', 'tcp'])
      await run([...way, '-p', 'tcp'])
    }
    for (const wire of this.wires) for (const rule of rulesOf(wire)) await run(rule)
  }

  /** Bytes of each pair by now, in the order of `wires`; what else passes is said beside. */
  async read(): Promise<{ pairs: WireBytes[]; rx: Passed; tx: Passed }> {
    const [link] = JSON.parse(
      await this.demo.inspect(this.namespace, 'ip', ['-s', '-j', 'link', 'show', 'dev', 'up0']),
    ) as [{ stats64: { rx: Counter; tx: Counter } }]
    const [otherIn = none, tcpIn = none, ...ins] = await this.#counters('raw', 'PREROUTING')
    const [otherOut = none, tcpOut = none, ...outs] = await this.#counters('mangle', 'POSTROUTING')
    const pairs = this.wires.map((_, i) => ({
      client_to_server: outs[i]?.bytes ?? 0,
      server_to_client: ins[i]?.bytes ?? 0,
    }))
    return { pairs, rx: passed(link.stats64.rx, otherIn, tcpIn), tx: passed(link.stats64.tx, otherOut, tcpOut) }
  }

  async #counters(table: string, chain: string): Promise<Counter[]> {
    const text = await this.demo.inspect(this.namespace, 'iptables', ['-w', '5', '-t', table, '-nvxL', chain])
    return text
      .split('\n')
      .slice(2)
      .flatMap((line) => {
        const [packets, bytes] = line.trim().split(/\s+/)
        return bytes === undefined ? [] : [{ packets: Number(packets), bytes: Number(bytes) }]
      })
  }
}

const none: Counter = { packets: 0, bytes: 0 }

/** One way of an interface. */
export interface Passed {
  /** IP bytes of TCP, by the interface's own counters: less Ethernet, and what is not TCP. */
  by_interface: number
  /** The same by the rule for all TCP. */
  by_rule: number
  arp_packets: number
}

function passed(link: Counter, other: Counter, tcp: Counter): Passed {
  const arp_packets = link.packets - other.packets - tcp.packets
  const by_interface = link.bytes - ETHERNET * link.packets - other.bytes - ARP * arp_packets
  return { by_interface, by_rule: tcp.bytes, arp_packets }
}

/** What passed between two readings. */
export const since = (now: Passed, before: Passed): Passed => ({
  by_interface: now.by_interface - before.by_interface,
  by_rule: now.by_rule - before.by_rule,
  arp_packets: now.arp_packets - before.arp_packets,
})
