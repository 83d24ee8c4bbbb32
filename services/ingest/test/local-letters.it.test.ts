import { decodeFlowBatch, topics } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { batch, flow, ingest, json, nextIngest, producer, server, withLocalIngest } from './local-setting.js'
import { AwayLetters, one, publishUntilTaken, refusingOlder, stored } from './support.js'

withLocalIngest()

describe('what ingest cannot store, on the local bus', () => {
  it('puts a broken message aside with its reason, and stores the next', async () => {
    const good = batch([flow()])
    const cut = { ...good, value: good.value.slice(0, good.value.length / 2), headers: { 'headwater-instance': 'x' } }
    const noise = { ...good, value: new Uint8Array(3000).map((_, i) => (i * 31) & 255) }
    const empty = { ...good, value: new Uint8Array(0) }
    await publishUntilTaken(producer, [
      cut,
      noise,
      empty,
      json(topics.nodes, '{'),
      json(topics.endpoints, { kind: 'x' }),
      good,
    ])
    expect(await stored(server.query)).toBe(1)
    const { columns } = await server.query.query<Record<string, string[]>>(
      'SELECT toString(topic) AS topic, toString(reason) AS reason, value, headers, value_bytes FROM dead_letters ORDER BY offset',
    )
    expect(columns.topic).toEqual([topics.flows, topics.flows, topics.flows, topics.nodes, topics.endpoints])
    expect(columns.reason?.slice(3)).toEqual(['not-json', 'bad-field'])
    for (const reason of columns.reason?.slice(0, 3) ?? []) expect(['not-arrow', 'not-one-batch']).toContain(reason)
    expect(Buffer.from(columns.value?.[0] ?? '', 'base64')).toEqual(Buffer.from(cut.value))
    expect(columns.headers?.[0]).toEqual({ 'headwater-instance': 'x' })
    expect(await ingest.status()).toMatchObject({ ok: true, dead_letters: 5 })
    expect(await ingest.metrics()).toContain(
      'headwater_ingest_messages_dropped_total{topic="headwater.nodes.v1",reason="not-json"',
    )
  })

  it('stores what it knows of a newer agent, and counts the columns that it does not', async () => {
    const known = batch([flow()])
    // Of the same length: no place in the message moves.
    const renamed = Buffer.from(known.value).toString('latin1').replace('syn_retransmits', 'new_retransmits')
    await publishUntilTaken(producer, [{ ...known, value: Buffer.from(renamed, 'latin1') }])
    const sql = 'SELECT sum(tx_bytes) AS bytes, sum(syn_retransmits) AS syns FROM flows'
    expect(await one(server.query, sql)).toEqual({ bytes: 10, syns: 0 })
    const text = await ingest.metrics()
    expect(text).toContain('headwater_ingest_columns_unknown_total{column="new_retransmits",replica="r1"} 1\n')
  })

  it('splits rows of the future and of the past out of a batch', async () => {
    const now = Date.now()
    const times = [now, now + 20 * 60_000, now - 4 * 24 * 3600_000, now - 24 * 3600_000, now - 2 * 24 * 3600_000]
    await publishUntilTaken(producer, [batch(times.map((time, i) => flow({ time, tx_bytes: 10 ** i })))])
    expect(await one(server.query, 'SELECT count() AS n, sum(tx_bytes) AS bytes FROM flows')).toEqual({
      n: 3,
      bytes: 11_001,
    })
    const { columns } = await server.query.query(
      'SELECT toString(reason) AS reason, detail FROM dead_letters ORDER BY reason',
    )
    expect(columns.reason).toEqual(['from-the-future', 'too-old'])
    expect(columns.detail?.[0]).toContain('1 of 5 rows')
    const text = await ingest.metrics()
    expect(text).toContain('headwater_ingest_rows_dropped_total{table="flows",reason="too-old",replica="r1"} 1')
    expect(await one(server.query, 'SELECT sum(rows) AS n FROM edges_1m')).toEqual({ n: 3 })
  })

  it('puts aside only what the store refuses of a batch, and counts each row once', async () => {
    const now = Date.now()
    const yesterday = now - 86_400_000
    const [mixed, refused] = [
      batch([now, yesterday, now + 20 * 60_000].map((time) => flow({ time }))),
      batch([flow({ time: yesterday })]),
    ]
    await refusingOlder(server.admin, 'flows', now - 3_600_000, () => publishUntilTaken(producer, [mixed, refused]))
    expect(await stored(server.query)).toBe(1)
    const { columns } = await server.query.query<Record<string, string[]>>(
      'SELECT toString(reason) AS reason, value, headers FROM dead_letters ORDER BY offset, reason',
    )
    const rows = columns.value?.map((value) => decodeFlowBatch(Buffer.from(value, 'base64')).columns.time)
    const times = (rows ?? []).map((time) => Array.from(time as BigInt64Array, Number))
    expect(columns.reason).toEqual(['from-the-future', 'refused-by-store', 'refused-by-store'])
    expect(times).toEqual([[now + 20 * 60_000], [yesterday], [yesterday]])
    expect(columns.headers).toEqual([{ 'headwater-part': '1' }, { 'headwater-part': '1' }, {}])
    const text = await ingest.metrics()
    expect(text).toContain('rows_dropped_total{table="flows",reason="refused-by-store",replica="r1"} 2\n')
    expect(text).toContain('rows_in_total{table="flows",replica="r1"} 4\n')
    // The rows that are in make the sequence taken.
    await publishUntilTaken(producer, [mixed])
    expect(await stored(server.query)).toBe(1)
  })

  it('has a row in the store or in a letter, also where it comes due while letters are not taken', async () => {
    await ingest.stop()
    const letters = new AwayLetters(Date.now() + 3000)
    nextIngest({ deadLetters: letters })
    await ingest.start()
    const times = [Date.now() - 1000, letters.until - 1000 + 600_000]
    await publishUntilTaken(producer, [batch(times.map((time) => flow({ time })))])
    expect((await stored(server.query)) + letters.rows).toBe(2)
  })
})
