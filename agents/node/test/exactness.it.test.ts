import { afterEach, describe, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { type Row, sum } from '../src/testing/rows.js'
import { PortRows, testAgent, until } from './harness.js'
import { CLIENT_NAME, closedPort, Peers, SERVER_NAME } from './peers.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const SHORT = 1000
const LONG = 10
const REFUSED = 20
/** Header of a message of test/programs/server.mjs. */
const HEADER = 8

let agent: Agent | undefined
let peers: Peers | undefined
afterEach(async () => {
  await agent?.stop()
  await peers?.stop()
})

/** Payload of the short connections, by the rule in test/programs/client.mjs. */
const total = (base: number, modulus: number) =>
  Array.from({ length: SHORT }, (_, i) => base + (i % modulus)).reduce((a, b) => a + b, 0)

const perConnection = (rows: Row[]) => Map.groupBy(rows, (r) => r.cookie)

describe.skipIf(missing !== undefined)('every connection, exactly', () => {
  test.each([
    { name: 'IPv4', listen: '127.0.0.1', host: '127.0.0.1', shown: '127.0.0.1' },
    { name: 'IPv6', listen: '::1', host: '::1', shown: '::1' },
    { name: 'v4-mapped', listen: '::', host: '::ffff:127.0.0.1', shown: '127.0.0.1' },
  ])('$name: 1,000 short, 10 long, 20 refused', async ({ listen, host, shown }) => {
    const producer = new RecordingProducer()
    agent = testAgent(producer)
    await agent.start()
    peers = await new Peers().start(listen)
    const { client, port } = peers
    const rows = new PortRows(producer, port)

    await client.order({ order: 'short', count: SHORT, host, port, length: 100, answer: 2000 })
    await until(() => sum(rows.client, 'closes') >= SHORT && sum(rows.server, 'closes') >= SHORT)
    const sent = total(100, 7) + SHORT * HEADER
    const answered = total(2000, 5)
    for (const [side, mine, theirs] of [
      ['client', sent, answered],
      ['server', answered, sent],
    ] as const) {
      const of = rows[side]
      expect([side, sum(of, 'connects'), sum(of, 'accepts'), sum(of, 'closes'), sum(of, 'failures')]).toEqual([
        side,
        side === 'client' ? SHORT : 0,
        side === 'server' ? SHORT : 0,
        SHORT,
        0,
      ])
      expect([side, sum(of, 'tx_bytes'), sum(of, 'rx_bytes')]).toEqual([side, mine, theirs])
      expect(new Set(of.map((r) => r.side))).toEqual(new Set([side]))
      expect(new Set(of.map((r) => r.process))).toEqual(new Set([side === 'client' ? CLIENT_NAME : SERVER_NAME]))
      expect(new Set(of.map((r) => r.pid))).toEqual(new Set([peers[side].pid]))
      expect(new Set(of.map((r) => r.local_ip))).toEqual(new Set([shown]))
      expect(new Set(of.map((r) => r.partial))).toEqual(new Set([0]))
    }
    const ids = (of: Row[]) => new Set(of.map((r) => r.connection_id))
    expect(ids(rows.client).size).toBe(SHORT)
    expect(ids(rows.server)).toEqual(ids(rows.client))

    const ended = new Set(rows.client.map((r) => r.cookie))
    await client.order({ order: 'hold', count: LONG, host, port })
    const longClient = () => rows.client.filter((r) => !ended.has(r.cookie))
    await until(() => perConnection(longClient()).size >= LONG)
    let exchanged = 0
    for (const length of [10, 5000, 77]) {
      await client.order({ order: 'exchange', length, answer: length * 3 })
      exchanged += length
      await until(() => sum(longClient(), 'tx_bytes') >= LONG * (exchanged + HEADER))
    }
    await new Promise((r) => setTimeout(r, 900))
    const open = perConnection(longClient())
    expect(open.size).toBe(LONG)
    for (const of of open.values()) {
      expect(of.length).toBeGreaterThan(1)
      expect([sum(of, 'connects'), sum(of, 'closes'), of.at(-1)?.open]).toEqual([1, 0, 1])
      expect([sum(of, 'tx_bytes'), sum(of, 'rx_bytes')]).toEqual([exchanged + 3 * HEADER, exchanged * 3])
    }
    await client.order({ order: 'release' })
    await until(() => sum(longClient(), 'closes') >= LONG)
    for (const of of perConnection(longClient()).values()) {
      expect([sum(of, 'closes'), of.at(-1)?.open, sum(of, 'tx_bytes')]).toEqual([1, 0, exchanged + 3 * HEADER])
    }

    const closed = await closedPort(listen)
    const refused = new PortRows(producer, closed)
    await client.order({ order: 'fail', count: REFUSED, host, port: closed })
    await until(() => refused.client.length >= REFUSED)
    expect(refused.client).toHaveLength(REFUSED)
    expect([sum(refused.client, 'failures'), sum(refused.client, 'connects'), sum(refused.client, 'closes')]).toEqual([
      REFUSED,
      0,
      0,
    ])
    expect(new Set(refused.client.map((r) => r.failure_reason))).toEqual(new Set(['refused']))
    expect(new Set(refused.client.map((r) => r.process))).toEqual(new Set([CLIENT_NAME]))

    await agent.stop()
    const metas = producer.batches().map((b) => b.meta)
    expect(metas.map((m) => m.sequence)).toEqual(metas.map((_, i) => i + 1))
    const produced = producer.batches().reduce((n, b) => n + b.rows, 0)
    expect(metas.at(-1)?.produced).toEqual({ rows: produced, batches: metas.length })
    expect(producer.reports().at(-1)).toMatchObject({ stopping: true, produced: { rows: produced } })
    expect(producer.endpoints()).toContainEqual(
      expect.objectContaining({ kind: 'listener', port, process: SERVER_NAME, pid: peers.server.pid }),
    )
  })
})
