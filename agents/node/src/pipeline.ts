import type { Layout, NamespaceAddresses, Records } from '@headwater/native'
import { Batcher } from './columns/batcher.js'
import { FlowBuffer } from './columns/flow-buffer.js'
import { Endpoints } from './endpoints/endpoints.js'
import { Listeners } from './endpoints/listeners.js'
import { NodeAddresses } from './endpoints/node-addresses.js'
import { ContainerIds, type ReadProc } from './identity/container-ids.js'
import type { NodeIdentity } from './identity/node-identity.js'
import { Owners } from './identity/owners.js'
import { SelfEnds } from './identity/self-ends.js'
import type { Parcel } from './outbox/queue.js'
import { RecordCounters } from './records/counters.js'
import { FlowRows } from './records/flow-rows.js'
import { RecordReader } from './records/record-reader.js'
import type { Tally } from './report/tally.js'
import { Connections } from './state/connections.js'

/** Endpoint messages in one parcel. */
const ENDPOINTS_PER_PARCEL = 500
/** An address that no socket has used for one to two of these is no longer the node's. */
const ROTATE_MS = 3_600_000
/** Rows between two looks at the size of the batch. */
const ROWS_PER_LOOK = 256

export interface PipelineOptions {
  identity: NodeIdentity
  instance: string
  version: string
  maxConnections: number
  selfPids: () => ReadonlySet<number>
  tally: Tally
  send: (parcel: Parcel) => void
  /** The bus took the last message. */
  connected: () => boolean
  /** Default: the machine's /proc. */
  readProc?: ReadProc
}

/** From records to parcels, without a clock of its own: the loop says when. */
export class Pipeline {
  readonly connections: Connections
  readonly endpoints: Endpoints
  readonly addresses: NodeAddresses
  readonly listeners: Listeners
  readonly #o: PipelineOptions
  readonly #counters = new RecordCounters()
  readonly #buffer = new FlowBuffer()
  readonly #containers: ContainerIds
  readonly #self: SelfEnds
  readonly #rows: FlowRows
  readonly #reader: RecordReader
  readonly #batcher: Batcher
  #foreignSent = 0
  /** Boot ms. */
  #rotatedAt: number | undefined

  constructor(options: PipelineOptions) {
    this.#o = options
    this.#containers = new ContainerIds(options.readProc)
    const counters = this.#counters
    const buffer = this.#buffer
    this.endpoints = new Endpoints(options.identity, options.instance)
    this.addresses = new NodeAddresses(this.endpoints)
    const connections = new Connections(options.maxConnections)
    const listeners = new Listeners(this.endpoints, this.addresses)
    this.connections = connections
    this.listeners = listeners
    this.#self = new SelfEnds(options.selfPids, listeners)
    const owners = new Owners(this.#containers)
    const { addresses } = this
    const listens = (port: number) => listeners.hasPort(port)
    this.#rows = new FlowRows({ buffer, connections, owners, self: this.#self, addresses, counters, listens })
    this.#reader = new RecordReader({
      rows: this.#rows,
      connections,
      owners,
      listeners,
      addresses,
      counters,
      onRow: () => {
        if (buffer.rows % ROWS_PER_LOOK === 0 && this.#batcher.full) this.flush()
      },
    })
    this.#batcher = new Batcher({ ...options, buffer })
  }

  get connected(): boolean {
    return this.#o.connected()
  }

  /** Rows wait that are not Headwater's own. */
  get urgent(): boolean {
    return this.#rows.foreign > this.#foreignSent
  }

  /** @param offsetMs what to add to BOOTTIME in ms for Unix ms */
  take(records: Records, layout: Layout, offsetMs: number): void {
    this.#self.turn()
    this.#containers.turn()
    this.#reader.read(records, layout, offsetMs)
  }

  /** Sends the endpoints that have changed. */
  flushEndpoints(): void {
    const messages = this.endpoints.take(this.connected)
    for (let from = 0; from < messages.length; from += ENDPOINTS_PER_PARCEL)
      this.#o.send({ kind: 'endpoints', rows: 0, messages: messages.slice(from, from + ENDPOINTS_PER_PARCEL) })
  }

  /** Sends what there is: endpoints first, so that the rows find them. */
  flush(): void {
    this.flushEndpoints()
    this.#foreignSent = this.#rows.foreign
    const parcel = this.#batcher.cut()
    if (parcel !== undefined) this.#o.send(parcel)
  }

  /** Records were taken from the ring, but could not be read. */
  lost(records: number): void {
    this.#o.tally.drop('agent-error', records)
  }

  /** Takes note of the addresses of this node's interfaces. @param now Unix ms */
  scan(now: number, interfaces: readonly NamespaceAddresses[]): void {
    this.addresses.scan(now, interfaces)
  }

  /**
   * Forgets what ended unseen; to be called after a complete walk, and before a scan. @param now Unix ms @param bootMs the same since boot: ages are
   * told by it alone, since the wall clock may be set
   */
  expire(now: number, bootMs: number, unheardMs: number): void {
    this.connections.expire(bootMs * 1e6)
    this.listeners.expire(now, bootMs, unheardMs)
    this.#rotatedAt ??= bootMs
    if (bootMs - this.#rotatedAt < ROTATE_MS) return
    this.addresses.rotate(now)
    this.#rotatedAt = bootMs
  }

  /** The agent's own counters, for the report. */
  counters(): Record<string, number> {
    const counters: Record<string, number> = {
      ...this.#counters,
      connections: this.connections.size,
      connections_expired: this.connections.expired,
      containers_skipped: this.#containers.skipped,
      endpoints_live: this.endpoints.live,
      endpoints_refused: this.endpoints.refused + this.addresses.refused + this.listeners.refused,
      endpoints_overflowed: this.endpoints.overflowed,
    }
    return Object.fromEntries(Object.entries(counters).map(([name, n]) => [`agent.${name}`, n]))
  }
}
