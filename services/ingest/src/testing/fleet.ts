import {
  type BusMessage,
  batchHeaders,
  type EndpointInput,
  encodeFlowBatch,
  endpointKey,
  topics,
} from '@headwater/contracts'
import { buildFlowBatch, type FlowSpec } from './flow-builder.js'

/** Numbers that look random and are the same each time (a linear congruential generator, Numerical Recipes' constants). */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** What must be in the store when all batches of a fleet are in. */
export interface Truth {
  rows: number
  connects: number
  accepts: number
  tx_bytes: number
  rx_bytes: number
  /** Bytes of the counted rows, both ways: each connection once. */
  counted_bytes: number
}

export interface FleetOptions {
  nodes?: number
  batches?: number
  /** Connections of one node in one batch. */
  connections?: number
  seed?: number
  /** Unix ms of the first batch; later ones follow 500 ms apart. Default: a little before now. */
  from?: number
  cluster?: string
}

const services = ['shop', 'cart', 'pay', 'mail', 'search'] as const
const port = (service: number): number => 8000 + service

/**
 * A fleet of nodes, each with a process of every service, that call each other: each connection is a client's row on one node and a
 * server's row on another, in batches as their agents send them. The same for the same options.
 */
export class SyntheticFleet {
  readonly truth: Truth = { rows: 0, connects: 0, accepts: 0, tx_bytes: 0, rx_bytes: 0, counted_bytes: 0 }
  /** Endpoints first, then flow batches by time; those of one node in order. */
  readonly messages: BusMessage[] = []
  readonly instances: string[]
  readonly cluster: string
  readonly #options: Required<FleetOptions>
  readonly #next: (below: number) => number
  #connection = 0n

  constructor(options: FleetOptions = {}) {
    const { nodes = 4, batches = 10, connections = 50, seed = 1, cluster = 'test' } = options
    const from = options.from ?? Date.now() - batches * 500 - 5000
    this.cluster = cluster
    this.#options = { nodes, batches, connections, seed, from, cluster }
    this.#next = numbersFrom(seed)
    this.instances = Array.from({ length: nodes }, (_, node) => `${cluster}-${seed}-i${node}`)
    this.#addEndpoints()
    for (let batch = 0; batch < batches; batch++) this.#addBatches(batch)
  }

  #address(node: number): string {
    return `10.${this.#options.seed % 256}.${node >> 8}.${(node & 255) + 1}`
  }

  #addEndpoints(): void {
    const { nodes, cluster, from } = this.#options
    for (let node = 0; node < nodes; node++) {
      const base = {
        realm: cluster,
        cluster,
        node: `node-${node}`,
        instance: this.instances[node] as string,
        netns: 4_026_531_840,
        transport: 'tcp' as const,
        pid: 0,
        process: '',
        container_id: '',
        zone: '',
        region: '',
        valid_from: from - 1000,
        valid_to: null,
      }
      this.#addEndpoint({ ...base, kind: 'node-address', address: this.#address(node), port: 0 })
      for (const [i, process] of services.entries())
        this.#addEndpoint({ ...base, kind: 'listener', address: '0.0.0.0', port: port(i), pid: 100 + i, process })
    }
  }

  #addEndpoint(endpoint: EndpointInput): void {
    const value = new TextEncoder().encode(JSON.stringify(endpoint))
    this.messages.push({ topic: topics.endpoints, key: endpointKey(endpoint), value })
  }

  #addBatches(batch: number): void {
    const { nodes, connections, from, cluster } = this.#options
    const time = from + batch * 500
    const flows: FlowSpec[][] = Array.from({ length: nodes }, () => [])
    for (let client = 0; client < nodes; client++)
      for (let i = 0; i < connections; i++) this.#connect(flows, client, time + this.#next(500))
    for (let node = 0; node < nodes; node++) {
      const spec = {
        instance: this.instances[node] as string,
        sequence: batch + 1,
        node: `node-${node}`,
        cluster,
        realm: cluster,
      }
      const rows = flows[node] as FlowSpec[]
      this.truth.rows += rows.length
      const value = encodeFlowBatch(buildFlowBatch(spec, rows))
      const headers = batchHeaders(spec.instance, spec.sequence, rows.length)
      this.messages.push({ topic: topics.flows, key: spec.instance, value, headers })
    }
  }

  #connect(flows: FlowSpec[][], client: number, time: number): void {
    const server = this.#next(this.#options.nodes)
    const service = this.#next(services.length)
    const [up, down] = [this.#next(5000), this.#next(50_000)]
    const connection_id = ++this.#connection + (BigInt(this.#options.seed) << 40n)
    const one = {
      address: this.#address(client),
      port: 32_768 + this.#next(28_000),
      process: services[this.#next(services.length)],
    }
    const other = { address: this.#address(server), port: port(service), process: services[service] }
    const same = {
      time,
      start: time - 20,
      connection_id,
      closes: 1,
      netns: 4_026_531_840,
      srtt_us: 100 + this.#next(900),
    }
    flows[client]?.push({
      ...same,
      side: 'client',
      local: one.address,
      local_port: one.port,
      remote: other.address,
      remote_port: other.port,
      process: one.process as string,
      tx_bytes: up,
      rx_bytes: down,
      connects: 1,
      connect_us: 50 + this.#next(500),
    })
    flows[server]?.push({
      ...same,
      side: 'server',
      local: other.address,
      local_port: other.port,
      remote: one.address,
      remote_port: one.port,
      process: other.process as string,
      tx_bytes: down,
      rx_bytes: up,
      accepts: 1,
    })
    this.truth.connects++
    this.truth.accepts++
    this.truth.tx_bytes += up + down
    this.truth.rx_bytes += up + down
    this.truth.counted_bytes += up + down
  }
}
