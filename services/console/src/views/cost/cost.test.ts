import { describe, expect, it } from 'vitest'
import { costAnswer } from '../../../test/fixture/cost.js'
import { shop } from '../../../test/fixture/topology.js'
import { pairId, pairMatchers, searchPairs } from './pairs.js'
import { zoneCells, zonesOf } from './zones.js'

const topology = shop()
const range = { from: 1_700_000_000_000, to: 1_700_000_900_000 }
const cost = costAnswer(topology, topology.links, range, { currency: 'USD', example: true })
const [dearest] = cost.pairs
if (!dearest) throw new Error('no pair')

describe('pairs', () => {
  it('have ids of their own that do not move with the figures', () => {
    expect(new Set(cost.pairs.map(pairId)).size).toBe(cost.pairs.length)
    expect(pairId({ ...dearest, cost: 0, lines: [] })).toBe(pairId(dearest))
  })
  it('are selected by both services, and by zones where they are known', () => {
    expect(pairMatchers(dearest, '{transport="tcp"}')).toBe(
      '{transport="tcp",client_cluster="",client_namespace="",client_service="198.51.100.14",server_cluster="shop",server_namespace="",server_service="nginx",server_zone="eu-west-1a"}',
    )
  })
  it('are searched by name, place and path, and not by a matcher', () => {
    expect(searchPairs(cost, 'KAFKA')?.length).toBe(3)
    expect(searchPairs(cost, 'cross-region')?.every((p) => p.path_class === 'cross-region')).toBe(true)
    expect([searchPairs(cost, ' '), searchPairs(cost, '{a="b"}')]).toEqual([undefined, undefined])
  })
})

it('zones are added up in each direction, and the internet stands last', () => {
  const cells = zoneCells(cost.by_path)
  expect(cells.reduce((n, c) => n + c.bytes, 0)).toBe(cost.by_path.reduce((n, p) => n + p.wire_bytes, 0))
  expect(cells.map((c) => c.cost)).toEqual(cells.map((c) => c.cost).sort((a, b) => b - a))
  expect(zonesOf(cells)).toEqual(['eu-central-1a', 'eu-west-1a', 'eu-west-1b', 'internet'])
})
