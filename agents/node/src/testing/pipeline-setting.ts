import { decodeFlowBatch, topics } from '@headwater/contracts'
import { OwnerSource, RecordKind, Side, SideSource } from '@headwater/native'
import type { Parcel } from '../outbox/queue.js'
import { Pipeline, type PipelineOptions } from '../pipeline.js'
import { Tally } from '../report/tally.js'
import { flowLayout } from './flow-layout.js'
import { type Row, rowsOf } from './rows.js'
import { type RecordFields, syntheticRecords } from './synthetic-records.js'

// A pipeline over synthetic records, and what it has sent: those of the last setUp.

export const OFFSET = 1_700_000_000_000
export const MS = 1_000_000
/** As a kernel may number them. */
const REASONS = {
  reset: ['not_specified', 'no_socket', 'tcp_abort_on_close'],
  drop: ['', 'neigh_failed', 'netfilter_drop'],
}

export let parcels: Parcel[]
export let tally: Tally
export let pipeline: Pipeline
export let selfPids: Set<number>

/** A new pipeline; each test begins with one. */
export function setUp(maxConnections = 1024, over: Partial<PipelineOptions> = {}): void {
  parcels = []
  tally = new Tally()
  selfPids = new Set()
  pipeline = new Pipeline({
    identity: { cluster: 'c', node: 'n', realm: 'r', zone: '', region: '' },
    instance: 'i-1',
    version: '0',
    maxConnections,
    selfPids: () => selfPids,
    tally,
    send: (p) => parcels.push(p),
    connected: () => true,
    readProc: () => undefined,
    reasons: () => REASONS,
    ...over,
  })
}
export const take = (...records: RecordFields[]) => pipeline.take(syntheticRecords(records), flowLayout(), OFFSET)
/** Rows of what was sent since the last flush. */
export function flush(): Row[] {
  pipeline.flush()
  const messages = parcels.splice(0).flatMap((p) => p.messages)
  return rowsOf(messages.filter((m) => m.topic === topics.flows).map((m) => decodeFlowBatch(m.value)))
}

/** A client's connection of cookie 1, 1 s after boot. */
export const client = (over: RecordFields = {}): RecordFields => ({
  kind: RecordKind.Walk,
  cookie: 1,
  time_ns: 2000 * MS,
  start_ns: 1000 * MS,
  established_ns: 1001 * MS,
  side: Side.Client,
  side_source: SideSource.Socket,
  owner_source: OwnerSource.Connect,
  pid: 4_000_000_000,
  exe: 'curl',
  comm: 'curl',
  cgroup_id: 77,
  netns: 4026531840,
  local_ip: '10.0.0.1',
  remote_ip: '10.0.0.2',
  local_port: 40000,
  remote_port: 80,
  bytes_sent: 1000,
  bytes_received: 5000,
  segs_out: 10,
  segs_in: 8,
  tcp_header_len: 32,
  client_isn: 123,
  server_isn: 456,
  connect_us: 900,
  srtt_us: 1500,
  ...over,
})
export const close = (over: RecordFields = {}) => client({ kind: RecordKind.Close, time_ns: 3000 * MS, ...over })
