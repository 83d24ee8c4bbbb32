// Bytes on the wire, an estimate for TCP, against the counters of the interfaces at both of its ends, offloads off. udp.it.test.ts has those of UDP,
// which are counted and exact.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent } from '../../src/index.js'
import { RecordingProducer } from '../../src/testing/recording-producer.js'
import { type Row, rowsOf, sum } from '../../src/testing/rows.js'
import { testAgent } from '../harness.js'
import { bare, type OnWire, onWire, since } from '../interface.js'
import { probeMissing } from '../probe-available.js'
import { Ground } from './ground.js'

const missing = await probeMissing()
const SORTS = ['IPv4', 'IPv6', 'IPv4 at a socket of IPv6', 'IPv4 by a socket of IPv6'].map((name, sort) => ({
  name,
  sort,
}))
/** Shares of what the interface has counted. */
const SHORT_OFF = 0.02
const STREAM_OFF = 0.002

describe.skipIf(missing !== undefined)('bytes on the wire', () => {
  let ground: Ground
  let agent: Agent
  let producer: RecordingProducer

  beforeEach(async () => {
    ground = new Ground(2)
    const [a, b] = ground.all
    const addresses = (at: number) => [ground.address(at, 1 - at, 4), ground.address(at, 1 - at, 6)]
    await bare([
      { ns: a!, device: 'wire0', other: addresses(1) },
      { ns: b!, device: 'wire1', other: addresses(0) },
    ])
    producer = new RecordingProducer()
    agent = testAgent(producer, { namespaces: ground.all.map((ns) => ns.path) })
    await agent.start()
  })
  afterEach(async () => {
    await agent.stop()
    await ground.remove()
  })

  const counters = () => [onWire(ground.all[0]!, 'wire0'), onWire(ground.all[1]!, 'wire1')]

  /** What both interfaces have counted of some traffic, and the rows of both ends of it. */
  async function measure(traffic: () => Promise<void>): Promise<{ wires: OnWire[]; ends: Row[][] }> {
    const before = counters()
    await traffic()
    await ground.settled(0)
    const wires = counters().map((now, i) => since(now, before[i]!))
    await agent.stop()
    const rows = rowsOf(producer.batches()).filter((r) => r.transport === 'tcp')
    return { wires, ends: ['client', 'server'].map((side) => rows.filter((r) => r.side === side)) }
  }

  /** How far rows are off, as shares of what each interface has counted. */
  function shares({ wires, ends }: { wires: OnWire[]; ends: Row[][] }): Record<string, number> {
    const all: Record<string, number> = {}
    for (const [i, { tx, rx, txPackets, rxPackets }] of wires.entries()) {
      const rows = ends[i]!
      // What the other end sent twice for nothing has come twice; a receiver counts its payload once (README.md, "Estimates").
      const twice = sum(ends[1 - i]!, 'retransmit_bytes')
      const end = rows[0]!.side
      all[`${end} tx`] = sum(rows, 'tx_wire_bytes') / tx - 1
      all[`${end} rx`] = (sum(rows, 'rx_wire_bytes') + twice) / rx - 1
      all[`${end} tx packets`] = sum(rows, 'tx_packets') / txPackets - 1
      all[`${end} rx packets`] = sum(rows, 'rx_packets') / rxPackets - 1
    }
    return all
  }

  function within(off: Record<string, number>, most: number): void {
    console.info(
      Object.entries(off)
        .map(([name, share]) => `${name} ${(share * 100).toFixed(3)} %`)
        .join(', '),
    )
    expect(Object.entries(off).filter(([, share]) => !(Math.abs(share) <= most))).toEqual([])
  }

  test.each(SORTS)('$name: 600 short connections', async ({ sort }) => {
    const { program, ports } = await ground.server(ground.all[1]!)
    const client = await ground.program('hw-client', ground.all[0]!)
    const door = ground.doors(ports, 1, 0)[sort]!
    const measured = await measure(async () => {
      await client.do('short', { ...door, count: 600 })
    })
    expect(await program.do('accepted')).toHaveLength(600)
    within(shares(measured), SHORT_OFF)
  })

  test.each(SORTS)('$name: streams both ways', async ({ sort }) => {
    const { ports } = await ground.server(ground.all[1]!)
    const client = await ground.program('hw-client', ground.all[0]!)
    const door = ground.doors(ports, 1, 0)[sort]!
    const measured = await measure(async () => {
      await client.do('hold', { ...door, count: 3 })
      for (let i = 0; i < 4; i++) await client.do('exchange', { length: 1_500_000, answer: 1_500_000 })
      await client.do('release')
    })
    within(shares(measured), STREAM_OFF)
  })
})
