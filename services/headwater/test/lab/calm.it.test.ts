import { setTimeout as sleep } from 'node:timers/promises'
import type { DnsAnswer, MapAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noAgent, skip } from '../support/headwater.js'
import { agrees, isComplete, linesOf, TCP } from './support/agrees.js'
import { type LabDemo, startLabDemo } from './support/lab-demo.js'
import { expectedLines, type Line, printTable, shownLines } from './support/pairs.js'
import { answeredBetween, between, type Quiet, quiet } from './support/quiet.js'

const TRAFFIC_MS = 20_000
/** Longer than what an agent or ingest may hold anything back, so that what would come late or twice has come. */
const LATE_MS = 4_000
/** Addresses that the name server sees the clusters' services behind. */
const behind = ['100.64.0.1', '100.64.0.2', '100.64.0.3']

describe.skipIf(skip('truth of the calm lab', noAgent))('the calm lab', () => {
  let demo: LabDemo
  let before: Quiet
  let after: Quiet
  let truth: Line[]

  const map = (more = '') => demo.get<MapAnswer>(`/api/v1/map?from=${before.time}&to=${after.time}&${TCP}${more}`)

  beforeAll(async () => {
    demo = await startLabDemo()
    before = await quiet(demo)
    await demo.resume()
    await sleep(TRAFFIC_MS)
    after = await quiet(demo)
    truth = expectedLines(between(before, after))
  })
  afterAll(() => demo?.stop())

  it('has on its map what the services counted, for every pair and both directions', async () => {
    const shown = await agrees(demo, before, after, truth)
    printTable('map and services agree on', shown)
    expect(shown.filter((line) => line.counted).length).toBe(14)
    expect(shown.every((line) => line.failures === 0)).toBe(true)
    await sleep(LATE_MS)
    expect(await linesOf(demo, before, after)).toEqual(truth)
  })

  it('says of the server’s end behind a gateway that it is another view of what is counted already', async () => {
    const { nodes, edges } = await map()
    const gateways = nodes.filter((node) => node.label.startsWith('nat-')).map((node) => node.id)
    expect(gateways.length).toBe(2)
    for (const edge of edges) expect(edge.counted, edge.id).toBe(!gateways.includes(edge.source))
  })

  it('adds up to the same by whatever it is grouped', async () => {
    const sum = (lines: readonly Line[]) => {
      const counted = lines.filter((line) => line.counted)
      const of = (name: 'connections' | 'client_to_server_bytes' | 'server_to_client_bytes') =>
        counted.reduce((total, line) => total + line[name], 0)
      return [of('connections'), of('client_to_server_bytes'), of('server_to_client_bytes')]
    }
    for (const by of ['process', 'node', 'zone', 'cluster'])
      expect(sum(shownLines(await map(`&group_by=${by}`))), by).toEqual(sum(truth))
  })

  it('has every question for a name that its name server answered, with what it answered', async () => {
    const truth = new Map<string, number>()
    for (const { client, name, rcode, questions } of answeredBetween(before, after)) {
      const key = `${name} ${rcode}`
      if (behind.includes(client)) truth.set(key, (truth.get(key) ?? 0) + questions)
    }
    const { groups } = await demo.get<DnsAnswer>(`/api/v1/dns?by=name,type,rcode&from=${before.time}&to=${after.time}`)
    printTable('questions for names', groups)
    expect(truth.size).toBeGreaterThanOrEqual(7)
    expect(new Map(groups.map(({ name, rcode, questions }) => [`${name} ${rcode}`, questions]))).toEqual(truth)
    for (const { type, rcode, failures, answers } of groups) {
      expect([type, rcode, failures]).toEqual(['A', 'NOERROR', 0])
      expect(answers.length).toBeGreaterThan(0)
    }
  })

  it('shows the name server at the end of an edge of each service that asks', async () => {
    const udp = `filter=${encodeURIComponent('{transport="udp"}')}`
    const { nodes, edges } = await demo.get<MapAnswer>(`/api/v1/map?from=${before.time}&to=${after.time}&${udp}`)
    const label = (id: string) => nodes.find((node) => node.id === id)?.label ?? id
    const asking = edges.map(({ source, target }) => `${label(source)} > ${label(target)}`)
    // cart has its connections already, or asks once.
    expect(asking.filter((edge) => edge !== 'cart > resolver').sort()).toEqual(
      ['catalogue', 'checkout', 'database-replica', 'frontend', 'ledger', 'payments'].map((c) => `${c} > resolver`),
    )
  })

  it('is complete', async () => {
    const nodes = { nodes_expected: 6, nodes_heard: 6, nodes_silent: [] }
    await isComplete(demo, before, after, { delivered: 1, coverage: 1, ...nodes })
  })
})
