import type { BatchMeta, Endpoint, NodeReportInput } from '@headwater/contracts'

/** Objects as JSONEachRow takes them, by the columns of schema/tables.ts. */
type Row = Record<string, unknown>

/** Unix ms as ClickHouse reads it in any settings: a number without a dot would be seconds. */
const dateTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '')

/** IPv4 as ::ffff:a.b.c.d, which the IPv6 type parses. */
const ipv6 = (address: string): string => (address.includes(':') ? address : `::ffff:${address}`)

/** A report as ingest had it. Without these two its times are taken for those of the store's clock. */
export interface ReceivedReport extends NodeReportInput {
  /** Unix ms by ingest's clock. */
  received?: number
  /** `received` less the time that the agent told. */
  clock_offset_ms?: number
}

/** Row of `nodes`. */
export const nodeRow = (report: ReceivedReport): Row => {
  const {
    produced,
    dns,
    excluded,
    cost,
    budget,
    capabilities,
    listeners: _,
    limits: __,
    time,
    received,
    started,
    stopping,
    ...same
  } = report
  const { programs = [], ...taken } = cost
  return {
    ...same,
    time: dateTime(time),
    ...(received !== undefined && { received: dateTime(received) }),
    started: dateTime(started),
    stopping: stopping ? 1 : 0,
    produced_rows: produced.rows,
    produced_batches: produced.batches,
    dns_produced_rows: dns?.produced.rows ?? 0,
    dns_produced_batches: dns?.produced.batches ?? 0,
    dns_dropped: dns?.dropped ?? {},
    excluded_rows: excluded?.rows ?? 0,
    excluded_bytes: excluded?.bytes ?? 0,
    ...taken,
    ...budget,
    program_runs: Object.fromEntries(programs.map((p) => [p.name, p.runs])),
    program_run_ns: Object.fromEntries(programs.map((p) => [p.name, p.run_ns])),
    capabilities: JSON.stringify(capabilities),
  }
}

/** Rows of `listeners`. */
export const listenerRows = ({ listeners = [], time, instance, cluster, node }: NodeReportInput): Row[] =>
  listeners.map((listener) => ({
    ...listener,
    address: ipv6(listener.address),
    time: dateTime(time),
    instance,
    cluster,
    node,
  }))

/** Rows of `limits`. */
export const limitRows = ({ limits = [], time, instance, cluster, node }: NodeReportInput): Row[] =>
  limits.map((limit) => ({ ...limit, time: dateTime(time), instance, cluster, node }))

/** Row of `losses`: what a batch of that topic told. `time`: Unix ms of its last row. */
export const lossesRow = (
  topic: 'flows' | 'dns',
  { instance, cluster, node, sequence, dropped, losses = {} }: BatchMeta,
  time: number,
): Row => ({ time: dateTime(time), instance, cluster, node, topic, sequence, dropped, losses })

/** What of one batch, or of a message that is none, is not stored. */
export interface LeftOut {
  /** Unix ms */
  time: number
  /** Empty where nobody knows it, as cluster and node. */
  instance: string
  cluster: string
  node: string
  topic: 'flows' | 'dns'
  /** 0 where nobody knows it. */
  sequence: number
  kind: 'duplicate' | 'dead'
  /** Why it is dead; empty for a duplicate. */
  reason: string
  /** 1 where all of the batch was left out, 0 where some of its rows were. */
  batches: 0 | 1
  rows: number
}

/** Row of `left_out`. Names are those of anybody: half a surrogate pair, which ClickHouse refuses, is what the Native encoder makes of it. */
export const leftOutRow = (left: LeftOut): Row => {
  const names = { instance: left.instance, cluster: left.cluster, node: left.node }
  const sound = Object.fromEntries(Object.entries(names).map(([name, text]) => [name, text.toWellFormed()]))
  return { ...left, ...sound, time: dateTime(left.time) }
}

/** How far a replica of ingest is behind on one partition of the bus. */
export interface BusLag {
  /** Unix ms */
  time: number
  replica: string
  topic: string
  partition: number
  messages: number
  seconds: number
}

/** Row of `bus_lag`. */
export const busLagRow = (lag: BusLag): Row => ({ ...lag, time: dateTime(lag.time) })

/** Row of `endpoints`. `told`: Unix ms at which the bus had it. */
export const endpointRow = (endpoint: Endpoint, told: number): Row => ({
  ...endpoint,
  address: ipv6(endpoint.address),
  process_start: dateTime(endpoint.process_start),
  valid_from: dateTime(endpoint.valid_from),
  valid_to: endpoint.valid_to === null ? null : dateTime(endpoint.valid_to),
  told: dateTime(told),
})

/** A message that could not be stored, and why. `time`: Unix ms at which it was put aside. */
export interface DeadLetter {
  time: number
  topic: string
  partition: number
  offset: bigint
  key: string
  reason: string
  detail: string
  headers: Record<string, string>
  value: Uint8Array
}

/** Bytes of a message that `dead_letters` keeps. */
export const DEAD_LETTER_BYTES = 1024 * 1024

/** Row of `dead_letters`. */
export const deadLetterRow = (letter: DeadLetter): Row => ({
  ...letter,
  time: dateTime(letter.time),
  offset: letter.offset.toString(),
  value: Buffer.from(letter.value.subarray(0, DEAD_LETTER_BYTES)).toString('base64'),
  value_bytes: letter.value.length,
})
