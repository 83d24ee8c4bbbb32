import type { BusMessage } from '@headwater/contracts'
import {
  type KernelReasons,
  kernelReasons,
  type Layout,
  type NamespaceAddresses,
  type Records,
} from '@headwater/native'
import { Batcher } from './columns/batcher.js'
import { FlowBuffer } from './columns/flow-buffer.js'
import { Dns } from './dns/dns.js'
import type { DnsNames } from './dns/privacy.js'
import { DatagramServers } from './endpoints/datagram-servers.js'
import { Endpoints } from './endpoints/endpoints.js'
import { Listeners } from './endpoints/listeners.js'
import { NodeAddresses } from './endpoints/node-addresses.js'
import { type ExcludeOptions, exclusionOf } from './exclude/exclusion.js'
import { LeftOut } from './exclude/left-out.js'
import { Containers } from './identity/containers/containers.js'
import type { NodeIdentity } from './identity/node-identity.js'
import { Owners } from './identity/owners.js'
import type { ReadProc } from './identity/proc.js'
import { Processes } from './identity/processes.js'
import { SelfEnds } from './identity/self-ends.js'
import type { Parcel } from './outbox/queue.js'
import { RecordCounters } from './records/counters.js'
import { DatagramRows } from './records/datagram-rows.js'
import { FlowRows } from './records/flow-rows.js'
import { RecordReader } from './records/record-reader.js'
import type { Tally } from './report/tally.js'
import { Connections } from './state/connections.js'
import { Conversations } from './state/conversations.js'

/** Endpoint messages in one parcel, and bytes of them before another is begun: labels may be long. */
const ENDPOINTS_PER_PARCEL = 500
const ENDPOINT_BYTES_PER_PARCEL = 2 ** 20
/** An address that no socket has used for one to two of these is no longer the node's. */
const ROTATE_MS = 3_600_000
/** UDP conversations whose state is kept; the probe has half as many. */
const MAX_CONVERSATIONS = 65_536
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
  /** Brings both tallies up to date with what was lost; called before each batch. Default: they stay as they are. */
  takeStock?: () => void
  /** The bus took the last message. */
  connected: () => boolean
  /** Default: nothing. */
  exclude?: ExcludeOptions
  /** Default: keep. */
  dnsNames?: DnsNames
  /** Default: the machine's /proc. */
  readProc?: ReadProc
  /** Default: containers without names. */
  containers?: Containers
  /** Default: those of the running kernel. */
  reasons?: () => KernelReasons
  /** The rows of the batch to come. Default: one of its own. */
  buffer?: FlowBuffer
}

/** From records to parcels, without a clock of its own: the loop says when. */
export class Pipeline {
  readonly connections: Connections
  readonly conversations = new Conversations(MAX_CONVERSATIONS)
  readonly endpoints: Endpoints
  readonly dns: Dns
  readonly addresses: NodeAddresses
  readonly listeners: Listeners
  readonly #o: PipelineOptions
  readonly #counters = new RecordCounters()
  readonly #containers: Containers
  readonly #processes: Processes
  readonly #owners: Owners
  readonly #self: SelfEnds
  readonly #rows: FlowRows
  readonly #datagrams: DatagramRows
  readonly #servers: DatagramServers
  readonly #reader: RecordReader
  readonly #batcher: Batcher
  #foreignSent = 0
  /** Containers told of, as endpoints know them. */
  #told = 0
  /** Boot ms. */
  #rotatedAt: number | undefined

  constructor(options: PipelineOptions) {
    this.#o = options
    this.#containers = options.containers ?? new Containers()
    this.#processes = new Processes(this.#containers, options.readProc)
    const counters = this.#counters
    const buffer = options.buffer ?? new FlowBuffer()
    this.endpoints = new Endpoints(options.identity, options.instance)
    this.addresses = new NodeAddresses(this.endpoints)
    const connections = new Connections(options.maxConnections)
    const listeners = new Listeners(this.endpoints, this.addresses)
    this.connections = connections
    this.listeners = listeners
    this.#self = new SelfEnds(options.selfPids, listeners)
    const owners = new Owners(this.#processes)
    this.#owners = owners
    const { addresses } = this
    const reasons = options.reasons ?? kernelReasons
    const listens = (port: number) => listeners.hasPort(port)
    const exclusion = exclusionOf(options.exclude ?? {})
    if (exclusion !== undefined) options.tally.excluded = { rows: 0, bytes: 0 }
    const leftOut = exclusion && new LeftOut(exclusion, options.tally)
    this.#rows = new FlowRows({
      leftOut,
      buffer,
      connections,
      owners,
      self: this.#self,
      addresses,
      counters,
      listens,
      reasons,
    })
    const { realm } = options.identity
    const ends = { leftOut, buffer, owners, self: this.#self, addresses, counters, realm, instance: options.instance }
    this.#servers = new DatagramServers(this.endpoints)
    this.#datagrams = new DatagramRows({ ...ends, conversations: this.conversations, servers: this.#servers })
    this.dns = new Dns({
      ...options,
      names: options.dnsNames ?? 'keep',
      owners,
      connections,
      self: this.#self,
      exclusion,
    })
    this.#reader = new RecordReader({
      rows: this.#rows,
      datagrams: this.#datagrams,
      connections,
      owners,
      listeners,
      addresses,
      counters,
      onRow: () => {
        if (buffer.rows % ROWS_PER_LOOK !== 0) return
        this.#rows.finish()
        this.#datagrams.finish()
        if (this.#batcher.full) this.flush()
      },
    })
    this.#batcher = new Batcher({ ...options, buffer })
  }

  get connected(): boolean {
    return this.#o.connected()
  }

  /** Endpoints wait to be published. @param now Unix ms */
  endpointsChanged(now: number): boolean {
    if (this.#told !== this.#containers.told) {
      this.#told = this.#containers.told
      this.listeners.renew(now)
    }
    return this.endpoints.changed
  }

  /** Rows wait that are not Headwater's own. */
  get urgent(): boolean {
    return this.#foreign > this.#foreignSent || this.dns.urgent
  }

  /** What cannot be read is counted as lost before it throws. @param offsetMs what to add to BOOTTIME in ms for Unix ms */
  take(records: Records, layout: Layout, offsetMs: number): void {
    this.#self.turn()
    this.#owners.turn()
    try {
      this.#reader.read(records, layout, offsetMs)
    } catch (cause) {
      this.#o.tally.drop('agent-error', records.length - this.#reader.done)
      throw cause
    }
  }

  get #foreign(): number {
    return this.#rows.foreign + this.#datagrams.foreign
  }

  /** Takes DNS messages. One that cannot be read is counted as lost, and after the others its error is thrown. @param offsetMs what to add to BOOTTIME in ms for Unix ms */
  takeDns(records: Records, layout: Layout, offsetMs: number): void {
    this.#self.turn()
    this.#owners.turn()
    try {
      this.dns.take(records, layout, offsetMs)
    } catch (cause) {
      this.dns.drop('agent-error', this.dns.unread)
      throw cause
    }
  }

  /** Sends the endpoints that have changed. */
  flushEndpoints(): void {
    let messages: BusMessage[] = []
    let bytes = 0
    const send = () => {
      if (messages.length > 0) this.#o.send({ kind: 'endpoints', rows: 0, messages })
      messages = []
      bytes = 0
    }
    for (const message of this.endpoints.take(this.connected)) {
      messages.push(message)
      bytes += message.value.byteLength
      if (messages.length === ENDPOINTS_PER_PARCEL || bytes >= ENDPOINT_BYTES_PER_PARCEL) send()
    }
    send()
  }

  /** Sends what there is: endpoints first, so that the rows find them. */
  flush(): void {
    this.flushEndpoints()
    this.#foreignSent = this.#foreign
    const parcel = this.#batcher.cut()
    if (parcel !== undefined) this.#o.send(parcel)
    this.dns.flush()
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
    this.conversations.expire(bootMs * 1e6)
    this.#servers.expire(now, bootMs)
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
      ...this.dns.report(),
      connections: this.connections.size,
      conversations: this.conversations.size,
      conversations_expired: this.conversations.expired,
      connections_expired: this.connections.expired,
      processes_skipped: this.#processes.skipped,
      processes_gone: this.#processes.gone,
      environ_unread: this.#processes.environUnread,
      containers: this.#containers.size,
      containers_failed: this.#containers.failed,
      containers_overflowed: this.#containers.overflowed,
      labels_left_out: this.#containers.labelsLeftOut,
      endpoints_live: this.endpoints.live,
      endpoints_refused:
        this.endpoints.refused + this.addresses.refused + this.listeners.refused + this.#servers.refused,
      endpoints_overflowed: this.endpoints.overflowed,
    }
    return Object.fromEntries(Object.entries(counters).map(([name, n]) => [`agent.${name}`, n]))
  }
}
