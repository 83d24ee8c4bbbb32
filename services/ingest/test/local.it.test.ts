import { setTimeout as wait } from 'node:timers/promises'
import { type BusMessage, encodeFlowBatch, topics } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { KEEP_EVERY_MS } from '../src/losses/batch-losses.js'
import { buildFlowBatch, SyntheticFleet } from '../src/testing/index.js'
import { batch, flow, ingest, nextIngest, producer, server, signal, withLocalIngest } from './local-setting.js'
import { expectTruth, one, publishUntilTaken, stored, until } from './support.js'

withLocalIngest()

describe('ingest on the local bus, into the real store', () => {
  it('stores what the agents of a fleet saw, exactly, and knows both ends', async () => {
    const fleet = new SyntheticFleet({ seed: 11, batches: 4 })
    await publishUntilTaken(producer, fleet.messages)
    await expectTruth(server.query, fleet)
    const known = await one(
      server.query,
      `SELECT countIf(remote_service = '' OR remote_node = '') AS unknown, countIf(side = 'client' AND remote_process = '') AS nameless,
        uniqExact(local_service, remote_service) AS edges, sum(counted) AS counted FROM flows`,
    )
    expect(known).toEqual({ unknown: 0, nameless: 0, edges: expect.any(Number), counted: fleet.truth.connects })
    expect(await one(server.query, 'SELECT count() AS n FROM endpoints FINAL')).toEqual({ n: 24 })
    const text = await ingest.metrics()
    expect(text).toContain(`headwater_ingest_rows_out_total{table="flows",replica="r1"} ${fleet.truth.rows}`)
    expect(text).toContain(`headwater_bus_messages_total{replica="r1"} ${fleet.messages.length}`)
    expect(await ingest.status()).toMatchObject({
      running: true,
      ok: true,
      rows_out: fleet.truth.rows,
      rows_dropped: 0,
    })
  })

  it('stores a batch once, however often it comes, also to a new process', async () => {
    const fleet = new SyntheticFleet({ seed: 12, batches: 2 })
    await publishUntilTaken(producer, fleet.messages)
    await publishUntilTaken(producer, fleet.messages)
    expect((await ingest.status()).rows_dropped).toBe(fleet.truth.rows)
    await ingest.stop()
    nextIngest()
    await ingest.start()
    await publishUntilTaken(producer, fleet.messages)
    await expectTruth(server.query, fleet)
  })

  it('keeps what batches tell of losses, where it changed, without any report', async () => {
    const telling = (
      sequence: number,
      dropped: Record<string, number>,
      losses?: Record<string, number>,
    ): BusMessage => {
      const { meta, ...rest } = buildFlowBatch({ instance: 'lossy', sequence, node: 'n1' }, [flow()])
      const value = encodeFlowBatch({ ...rest, meta: { ...meta, dropped, ...(losses && { losses }) } })
      return { topic: topics.flows, key: 'lossy', value }
    }
    const losses = { slots_taken: 2, 'recursion_misses.kfree_skb': 1 }
    const rows = async () =>
      (await server.query.query('SELECT topic, sequence, node, dropped, losses FROM losses ORDER BY sequence')).columns
    const first = { topic: ['flows'], sequence: [2], node: ['n1'], dropped: [{ 'ring-full': 3 }], losses: [losses] }
    await publishUntilTaken(producer, [telling(1, {})])
    expect(await rows()).toEqual({})
    for (let sequence = 2; sequence < 5; sequence++)
      await publishUntilTaken(producer, [telling(sequence, { 'ring-full': 3 }, losses)])
    expect(await rows()).toEqual(first)
    // Within seconds of a row there is no other, also of what changes all the time; the next one has it.
    await publishUntilTaken(producer, [telling(5, { 'ring-full': 3 }, { ...losses, slots_taken: 3 })])
    expect(await rows()).toEqual(first)
    await wait(KEEP_EVERY_MS)
    await publishUntilTaken(producer, [telling(6, { 'ring-full': 4 }, { ...losses, slots_taken: 4 })])
    expect((await rows()).losses).toEqual([losses, { ...losses, slots_taken: 4 }])
    expect((await rows()).dropped).toEqual([{ 'ring-full': 3 }, { 'ring-full': 4 }])
    expect(await one(server.query, 'SELECT count() AS n FROM nodes')).toEqual({ n: 0 })
  })

  it('joins after a restart with what the store remembers', async () => {
    const fleet = new SyntheticFleet({ seed: 13, batches: 2, nodes: 2 })
    await publishUntilTaken(
      producer,
      fleet.messages.filter((m) => m.topic === topics.endpoints),
    )
    await ingest.stop()
    nextIngest()
    await ingest.start()
    await publishUntilTaken(
      producer,
      fleet.messages.filter((m) => m.topic === topics.flows),
    )
    const sql = "SELECT count() AS n FROM flows WHERE side = 'client' AND (remote_process = '' OR remote_node = '')"
    expect(await one(server.query, sql)).toEqual({ n: 0 })
    await expectTruth(server.query, fleet)
  })

  it('loses and doubles nothing when the store is killed in the middle', async () => {
    const fleet = new SyntheticFleet({ seed: 14, batches: 10, connections: 20 })
    const sent = publishUntilTaken(producer, fleet.messages)
    for (const part of [0.2, 0.6]) {
      await until('a part stored', () =>
        stored(server.query).then(
          (n) => n > part * fleet.truth.rows,
          () => false,
        ),
      )
      signal('SIGKILL')
    }
    await sent
    await until('the store answers', () =>
      server.query.ping().then(
        () => true,
        () => false,
      ),
    )
    await expectTruth(server.query, fleet)
    expect(await ingest.status()).toMatchObject({ ok: true, message: '', dead_letters: 0 })
  })

  it('says that the store is away, and comes back', async () => {
    await publishUntilTaken(producer, [batch([flow()])])
    signal('SIGSTOP')
    const sent = publishUntilTaken(producer, [batch([flow()])])
    await wait(300)
    signal('SIGKILL')
    await until('it is told', async () => !(await ingest.status()).ok)
    await sent
    expect(await ingest.status()).toMatchObject({ ok: true, message: '' })
    expect(await stored(server.query)).toBe(2)
  })

  it('starts without the store, and takes messages once it is there', async () => {
    await ingest.stop()
    signal('SIGSTOP')
    nextIngest()
    await ingest.start()
    const sent = publishUntilTaken(producer, [batch([flow()])])
    await wait(300)
    signal('SIGKILL')
    await until('it is told', async () => (await ingest.status()).message.startsWith('the store is not there yet'))
    await sent
    expect(await ingest.status()).toMatchObject({ ok: true, message: '' })
    expect(await stored(server.query)).toBe(1)
  })

  it('stops in time though the store is away, and loses nothing', async () => {
    await publishUntilTaken(producer, [batch([flow()])])
    signal('SIGSTOP')
    const sent = publishUntilTaken(producer, [batch([flow()])])
    await wait(100)
    signal('SIGKILL')
    await ingest.stop()
    nextIngest()
    await ingest.start()
    await sent
    expect(await stored(server.query)).toBe(2)
  })
})
