import { decodeFlowBatch, topics } from '@headwater/contracts'
import { beforeEach, describe, expect, test } from 'vitest'
import { flowLayout } from './testing/flow-layout.js'
import { client, close, flush, MS, OFFSET, parcels, pipeline, setUp, take, tally } from './testing/pipeline-setting.js'
import { sum } from './testing/rows.js'
import { syntheticRecords } from './testing/synthetic-records.js'

beforeEach(() => setUp())

describe('bounds', () => {
  test('connections without room show at their close, whole', () => {
    setUp(2)
    take(client(), client({ cookie: 2 }), close(), close({ cookie: 2 }))
    const rows = flush()
    expect(rows.map((r) => [r.cookie, r.connects, r.closes, r.tx_bytes])).toEqual([
      ['1', 1, 0, 1000],
      ['1', 0, 1, 0],
      ['2', 1, 1, 1000],
    ])
    expect(pipeline.counters()['agent.untracked']).toBe(1)
  })

  test('a batch is cut before it is too large for the bus, and numbered', () => {
    const many = syntheticRecords(Array.from({ length: 1024 }, (_, i) => close({ cookie: i + 1 })))
    for (let n = 0; n < 20; n++) pipeline.take(many, flowLayout(), OFFSET)
    const batches = parcels.flatMap((p) => p.messages).filter((m) => m.topic === topics.flows)
    expect(batches.length).toBe(2)
    pipeline.flush()
    const all = parcels
      .flatMap((p) => p.messages)
      .filter((m) => m.topic === topics.flows)
      .map((m) => decodeFlowBatch(m.value))
    expect(all.reduce((n, b) => n + b.rows, 0)).toBe(20_480)
    expect(all.map((b) => b.meta.sequence)).toEqual(all.map((_, i) => i + 1))
    expect(all.at(-1)?.meta.produced).toEqual({ rows: 20_480, batches: all.length })
  })

  test('what is dropped is said in later batches', () => {
    tally.drop('outbox-full', 12)
    take(close())
    pipeline.flush()
    const message = parcels.flatMap((p) => p.messages).find((m) => m.topic === topics.flows)
    expect(message?.headers).toEqual({ 'headwater-instance': 'i-1', 'headwater-sequence': '1', 'headwater-rows': '1' })
    expect(decodeFlowBatch(message!.value).meta.dropped).toEqual({ 'outbox-full': 12 })
  })

  test('a connection that may have expired starts anew from a baseline', () => {
    take(client())
    pipeline.expire(OFFSET + 2000 + 700_000, 2000 + 700_000, 90_000)
    expect(pipeline.connections.size).toBe(0)
    take(client({ time_ns: 900_000 * MS, bytes_sent: 1500 }), close({ time_ns: 900_100 * MS, bytes_sent: 1501 }))
    const rows = flush()
    expect(sum(rows, 'tx_bytes')).toBe(1001)
    expect(rows.at(-1)).toMatchObject({ partial: 1 })
  })
})
