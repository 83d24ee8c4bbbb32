import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CostAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, noAgent, skip, temporaryFolder } from '../support/headwater.js'
import { linesOf, TCP } from './support/agrees.js'
import { bill, prices, wires } from './support/bill.js'
import { CountedInterface, type Passed, since, type WireBytes } from './support/interfaces.js'
import { type LabDemo, startLabDemo } from './support/lab-demo.js'
import { expectedLines, printTable } from './support/pairs.js'
import { between, type Quiet, quiet } from './support/quiet.js'

const TRAFFIC_MS = 20_000
/** ARP is neither TCP nor UDP; this is more than a pod and its router ask for each other in this time. */
const MOST_ARP = 20
/**
 * Headers are estimated by their usual length: a SACK block is 12 bytes more (RFC 2018), and of what passes when a socket has gone to TIME_WAIT nothing
 * is known. As a share of the bytes.
 */
const HEADERS_OFF = 0.003

/** Namespaces in which nobody serves. */
const clientsOnly = ['visitors', 'pay-2', 'data-2']

/** How far a figure is from what it should be, as a share of it. */
const off = (shown = Number.NaN, real = Number.NaN): number => (shown === real ? 0 : Math.abs(shown - real) / real)

describe.skipIf(skip('cost of the lab’s traffic', noAgent))('the bill of the calm lab', () => {
  const folder = temporaryFolder()
  let demo: LabDemo
  let before: Quiet
  let after: Quiet
  /** By the counters, in the order of `wires`. */
  let counted: WireBytes[]
  const passed: [namespace: string, way: string, Passed][] = []
  let answer: CostAnswer

  beforeAll(async () => {
    const file = join(folder.path, 'prices.yaml')
    writeFileSync(file, prices)
    demo = await startLabDemo({ lab: { exactCounters: true }, config: { prices: file } })
    const namespaces = [...new Set(wires.map((wire) => wire.at))]
    const interfaces = namespaces.map(
      (at) =>
        new CountedInterface(
          demo,
          at,
          wires.filter((wire) => wire.at === at),
        ),
    )
    before = await quiet(demo)
    for (const one of interfaces) await one.start()
    const first = await Promise.all(interfaces.map((one) => one.read()))
    await demo.resume()
    await sleep(TRAFFIC_MS)
    after = await quiet(demo)
    const last = await Promise.all(interfaces.map((one) => one.read()))
    const bytes = new Map<string, WireBytes>()
    for (const [i, { namespace, wires: own }] of interfaces.entries()) {
      for (const [j, wire] of own.entries()) {
        const now = last[i]?.pairs[j]
        if (now !== undefined) bytes.set(`${wire.client} > ${wire.server}`, now)
      }
      for (const way of ['rx', 'tx'] as const) {
        const [a, b] = [first[i]?.[way], last[i]?.[way]]
        if (a === undefined || b === undefined) continue
        passed.push([namespace, way, since(b, a)])
      }
    }
    counted = wires.map(({ client, server }) => bytes.get(`${client} > ${server}`) as WireBytes)
    answer = await eventually('the bill', async () => {
      const found = await demo.get<CostAnswer>(`/api/v1/cost?from=${before.time}&to=${after.time}&${TCP}`)
      return found.completeness.delivered === 1 ? found : undefined
    })
  })
  afterAll(async () => {
    await demo?.stop()
    folder.remove()
  })

  it('is drawn up from counters that agree: the interface’s own, and the rules that split them up by pair', () => {
    for (const [namespace, way, { by_interface, by_rule, arp_packets }] of passed) {
      // An answer of many segments passes a rule as one packet, before it is cut up for the interface. Requests are a segment each.
      if (way === 'tx' && !clientsOnly.includes(namespace)) continue
      const where = `${namespace} ${way}`
      expect(arp_packets, where).toBeGreaterThanOrEqual(0)
      expect(arp_packets, where).toBeLessThanOrEqual(MOST_ARP)
      expect(by_interface, where).toBe(by_rule)
    }
  })

  it('has the bytes and the price of every pair', () => {
    const shown = new Map(
      answer.pairs.map((p) => [`${p.client.service} ${p.client.zone} > ${p.server.service} ${p.server.zone}`, p]),
    )
    const pairs = bill(counted).pairs.filter((pair) => pair.client_to_server > 0)
    const rows = pairs.map(({ name, client_to_server, server_to_client, cost }) => {
      const of = shown.get(name)
      return {
        pair: name,
        ...{ sent: client_to_server, shown: of?.client_to_server_wire_bytes ?? 'not charged' },
        ...{ answered: server_to_client, shown_back: of?.server_to_client_wire_bytes ?? 'not charged' },
        ...{ cost_by_hand: cost.toFixed(9), cost_shown: of?.cost.toFixed(9) ?? '' },
      }
    })
    printTable('the bill by pair, IP bytes by interface counters and as shown, EUR', rows)
    expect(pairs.length).toBeGreaterThanOrEqual(14)
    for (const pair of pairs) {
      const of = shown.get(pair.name)
      if (!pair.charged) expect(of, pair.name).toBeUndefined()
      else {
        expect(off(of?.client_to_server_wire_bytes, pair.client_to_server), pair.name).toBeLessThan(HEADERS_OFF)
        expect(off(of?.server_to_client_wire_bytes, pair.server_to_client), pair.name).toBeLessThan(HEADERS_OFF)
        expect(off(of?.cost, pair.cost), pair.name).toBeLessThan(HEADERS_OFF)
      }
    }
  })

  it('comes to the same by item, and in all', () => {
    const hand = bill(counted)
    printTable(
      'the bill by item, EUR',
      answer.by_item.map(({ item, wire_bytes, cost }) => {
        const of = hand.items.get(item)
        return { item, bytes: of?.bytes, shown: wire_bytes, cost: of?.cost.toFixed(9), cost_shown: cost.toFixed(9) }
      }),
    )
    expect(new Set(answer.by_item.map((i) => i.item))).toEqual(new Set(hand.items.keys()))
    for (const { item, wire_bytes, cost } of answer.by_item) {
      expect(off(wire_bytes, hand.items.get(item)?.bytes), item).toBeLessThan(HEADERS_OFF)
      expect(off(cost, hand.items.get(item)?.cost), item).toBeLessThan(HEADERS_OFF)
    }
    expect(off(answer.total.cost, hand.cost)).toBeLessThan(HEADERS_OFF)
    const days = (after.time - before.time) / 86_400_000
    expect(answer.total.per_month).toBeCloseTo((answer.total.cost / days) * 30, 6)
    expect([answer.currency, answer.unpriced]).toEqual(['EUR', []])
  })

  it('has the payload that the services counted', async () => {
    const truth = expectedLines(between(before, after))
    expect(await linesOf(demo, before, after)).toEqual(truth)
  })
})
