import { setTimeout as sleep } from 'node:timers/promises'
import type { MapAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noAgent, skip } from '../support/headwater.js'
import { agrees, linesOf } from './support/agrees.js'
import { type LabDemo, startLabDemo } from './support/lab-demo.js'
import { expectedLines, type Line, printTable, shownLines } from './support/pairs.js'
import { between, type Quiet, quiet } from './support/quiet.js'

const TRAFFIC_MS = 20_000
/** Longer than what an agent or ingest may hold anything back, so that what would come late or twice has come. */
const LATE_MS = 4_000

describe.skipIf(skip('truth of the calm lab', noAgent))('the calm lab', () => {
  let demo: LabDemo
  let before: Quiet
  let after: Quiet
  let truth: Line[]

  const map = (more = '') => demo.get<MapAnswer>(`/api/v1/map?from=${before.time}&to=${after.time}${more}`)

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

  it('is complete', async () => {
    const { completeness } = await map()
    expect(completeness).toMatchObject({
      delivered: 1,
      coverage: 1,
      nodes_expected: 6,
      nodes_heard: 6,
      nodes_silent: [],
    })
  })
})
