import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PairTruth } from '../src/index.js'
import { nodePlans } from '../src/topology/places.js'
import { noLab, skip, testLab, total } from './support/lab.js'

const CALM_MS = 6_000

/** Pairs of the calm lab, with the connections that each has for a page request; null where the page does not ask. */
const pairs: [string, string, number | null][] = [
  ['cart', 'cache', null],
  ['catalogue', 'database', null],
  ['catalogue', 'search', null],
  ['checkout', 'cart', 0.6],
  ['checkout', 'payments', 0.6],
  ['database-replica', 'database', null],
  ['frontend', 'cart', 1],
  ['frontend', 'catalogue', 1],
  ['frontend', 'checkout', 0.6],
  ['ledger', 'catalogue', null],
  ['ledger', 'database', null],
  ['payments', 'database', 0.6],
  ['payments', 'provider', 0.6],
  ['visitors', 'frontend', 1],
]

describe.skipIf(skip('the lab', noLab))('the calm lab', () => {
  const { lab, remove } = testLab()
  let truth: PairTruth[]
  let byInstance: PairTruth[]

  beforeAll(async () => {
    await lab.start()
    await sleep(CALM_MS)
    await lab.drain()
    truth = await lab.truth()
    byInstance = await lab.truth('instance')
  })
  afterAll(remove)

  it('has exactly the pairs of its plan', () =>
    expect(truth.map((p) => [p.client, p.server])).toEqual(pairs.map(([client, server]) => [client, server])))

  it('counts the same at both ends, and nothing fails', () => {
    for (const { client, server, by_client, by_server } of truth) {
      const where = `${client} to ${server}`
      expect(by_client?.connections, where).toBeGreaterThan(0)
      expect(by_client?.client_to_server_bytes, where).toBeGreaterThan(0)
      expect(by_client?.server_to_client_bytes, where).toBeGreaterThan(0)
      expect(by_server, where).toEqual(by_client)
      expect([by_client?.failures, by_client?.broken], where).toEqual([{}, {}])
      expect(by_client?.open, where).toBe(client === 'cart' && server === 'cache' ? 2 : 0)
    }
  })

  it('makes as many connections as page requests ask for', () => {
    const pages = truth.find((p) => p.client === 'visitors')?.by_client?.connections ?? 0
    for (const [client, server, each] of pairs) {
      if (each === null) continue
      const { connections = 0 } = truth.find((p) => p.client === client && p.server === server)?.by_client ?? {}
      expect(Math.abs(connections - pages * each), `${client} to ${server}`).toBeLessThan(1)
    }
  })

  it('takes the catalogue of the same zone', () => {
    const replicas = byInstance.filter((p) => p.client === 'frontend' && p.server.startsWith('catalogue'))
    expect(replicas.map((p) => p.server)).toEqual(['catalogue-1'])
  })

  it('hides clients behind the gateway of their cluster, and only where they leave it', async () => {
    const peers = async (namespace: string, port: number) => {
      const text = await lab.inspect(namespace, 'ss', ['-Htan', 'state', 'time-wait', `sport = :${port}`])
      return new Set(text.split('\n').flatMap((line) => /\s(\S+):\d+\s*$/.exec(line)?.[1] ?? []))
    }
    // A server closes first, and so keeps the connection for a minute.
    expect(await peers('data-1', 5432)).toEqual(new Set(['100.64.0.1', '100.64.0.2', '10.3.0.12']))
    expect(await peers('payments', 8080)).toEqual(new Set(['100.64.0.1']))
    expect(await peers('cart', 8080)).toEqual(new Set(['10.1.1.10', '10.1.2.12']))
    expect(await peers('provider', 443)).toEqual(new Set(['100.64.0.2']))
    expect(await peers('frontend', 8080)).toEqual(new Set(['198.51.100.7']))
  })

  it('counts the questions for names, which are all answered', async () => {
    const names = await lab.names()
    expect(names.filter(({ rcode, type }) => rcode !== 'NOERROR' || type !== 'A')).toEqual([])
    const asked = (client: string) => names.filter((n) => n.client === client).map((n) => n.name)
    expect(asked('198.51.100.7')).toEqual(['frontend.shop.lab'])
    expect(asked('100.64.0.2').sort()).toEqual([
      ...['api.payment-provider.example', 'catalogue.shop.lab', 'database.data.lab'],
    ])
    expect(asked('100.64.0.3')).toEqual(['database.data.lab'])
    // An answer is good for 5 s: of each process one question for each name in that time.
    for (const { client, name, questions } of names) {
      expect(questions, `${name} by ${client}`).toBeGreaterThanOrEqual(1)
      expect(questions, `${name} by ${client}`).toBeLessThan(15)
    }
  })

  it('has six nodes with their namespaces, all different', () => {
    expect(lab.nodes.map((n) => n.node)).toEqual(nodePlans.map((n) => n.name))
    const paths = lab.nodes.flatMap((n) => n.namespaces)
    expect(new Set(paths).size).toBe(paths.length)
    expect(lab.nodes.map((n) => n.namespaces.length)).toEqual([4, 4, 2, 1, 1, 1])
    expect(new Set(lab.nodes.map((n) => n.realm))).toEqual(new Set(['lab']))
  })

  it('goes on where it was told to', async () => {
    expect(lab.traffic).toEqual({ running: false, requests_per_second: 5 })
    await sleep(500)
    expect(await lab.truth()).toEqual(truth)
    await lab.resume()
    await sleep(1_000)
    await lab.drain()
    const later = await lab.truth()
    for (const [i, { client, server, by_client, by_server }] of later.entries()) {
      expect(by_client, `${client} to ${server}`).toEqual(by_server)
      expect(total(by_client?.failures ?? {}) + total(by_client?.broken ?? {})).toBe(0)
      if (client === 'visitors') expect(by_client?.connections).toBeGreaterThan(truth[i]?.by_client?.connections ?? 0)
    }
  })
})
