import { decodeFlowBatch, endpointSchema, nodeReportSchema, topics } from '@headwater/contracts'
import { expect, it } from 'vitest'
import { Fleet, type TrueMessage } from './fleet.js'
import { addTruth, noTruth, type Truth } from './truth.js'

const sum = (values: Iterable<number | bigint>): number => {
  let all = 0
  for (const value of values) all += Number(value)
  return all
}

/** The sums of what the messages hold, read as ingest reads them. */
function read(made: readonly TrueMessage[]): Truth {
  const truth = noTruth()
  for (const { message } of made) {
    const { rows, columns: c } = decodeFlowBatch(message.value)
    const counted = c.side.indices.map((i) => Number(c.side.values[i] === 'client'))
    addTruth(truth, {
      batches: 1,
      rows,
      connects: sum(c.connects),
      accepts: sum(c.accepts),
      closes: sum(c.closes),
      failures: sum(c.failures),
      tx_bytes: sum(c.tx_bytes),
      rx_bytes: sum(c.rx_bytes),
      counted_bytes: sum(Array.from(counted, (own, row) => own * (Number(c.tx_bytes[row]) + Number(c.rx_bytes[row])))),
      serials: c.cookie.reduce((all, serial) => all ^ serial, 0n),
    })
  }
  return truth
}

const told = (made: readonly TrueMessage[]): Truth => {
  const truth = noTruth()
  for (const one of made) addTruth(truth, one.truth)
  return truth
}

it('tells the truth about its batches', () => {
  const fleet = new Fleet({ nodes: 3, workloads: 50, started: 0 })
  const made = [...fleet.traffic(20_000, 1_000_000, 1_005_000), ...fleet.traffic(1000, 1_005_000, 1_010_000)]
  const truth = told(made)
  expect(read(made)).toEqual(truth)
  expect(truth.rows).toBeGreaterThanOrEqual(21_000)
  expect(truth.failures).toBeGreaterThan(0)
  expect(truth.connects).toBe(truth.accepts)
  expect(truth.rx_bytes).toBe(truth.tx_bytes)
})

it('sends what its agents would: numbered batches, whole counts, times within the interval', () => {
  const fleet = new Fleet({ nodes: 2, workloads: 20, started: 0 })
  const made = fleet.traffic(40_000, 1_000_000, 1_005_000)
  const last = new Map<string, { sequence: number; rows: number }>()
  for (const { message } of made) {
    const { meta, rows, columns } = decodeFlowBatch(message.value)
    const before = last.get(meta.instance) ?? { sequence: 0, rows: 0 }
    expect(message.key).toBe(meta.instance)
    expect(meta.sequence).toBe(before.sequence + 1)
    expect(meta.produced).toEqual({ rows: before.rows + rows, batches: meta.sequence })
    expect(columns.time.every((t) => t >= 1_000_000n && t < 1_005_000n)).toBe(true)
    last.set(meta.instance, { sequence: meta.sequence, rows: meta.produced.rows })
  }
  expect(last.size).toBe(2)
})

it('is the same for the same seed, and another for another', () => {
  const bytes = (seed: number) =>
    new Fleet({ nodes: 2, seed, run: 'r', started: 0 }).traffic(500, 0, 5000).map((m) => Buffer.from(m.message.value))
  expect(bytes(3)).toEqual(bytes(3))
  expect(bytes(4)).not.toEqual(bytes(3))
})

it('has a listener behind every call, and says of itself that it is simulated', () => {
  const fleet = new Fleet({ nodes: 2, workloads: 30, started: 5 })
  const endpoints = fleet.endpoints().map((m) => endpointSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
  expect(endpoints.filter((e) => e.kind === 'listener')).toHaveLength(30)
  expect(new Set(endpoints.map((e) => e.address)).size).toBe(30)
  const [beat] = fleet.heartbeats(10, true)
  const report = nodeReportSchema.parse(JSON.parse(Buffer.from(beat?.value ?? []).toString()))
  expect(beat?.topic).toBe(topics.nodes)
  expect(report).toMatchObject({ version: 'simulated', cluster: 'simulated', stopping: true, started: 5 })
})
