import { describe, expect, it } from 'vitest'
import { nodesAnswer } from '../../../test/fixture/nodes.js'
import { cpuShares } from './cpu.js'
import { fleetRows, searchNodes, versionsOf } from './rows.js'

const NOW = 1_700_000_900_000
const { nodes } = nodesAnswer({ from: NOW - 900_000, to: NOW }, NOW, { names: ['a', 'b', 'c'], silent: 2, stopped: 1 })
const [node] = nodes
if (!node) throw new Error('no node')

describe('the CPU of an agent', () => {
  const at = (heard: number, cpu_seconds: number) => [{ ...node, started: 0, last_heard: heard, cpu_seconds }]
  const first = cpuShares(new Map(), at(100_000, 10))
  it('is the mean since its start at first', () => {
    expect(first.get(node.instance)).toMatchObject({ share: 0.1, recent: false })
  })
  it('is what it used between two reports, by the time of the reports', () => {
    const next = cpuShares(first, at(110_000, 10.2))
    expect(next.get(node.instance)).toMatchObject({ recent: true })
    expect(next.get(node.instance)?.share).toBeCloseTo(0.02)
    expect(cpuShares(next, at(110_000, 10.2)).get(node.instance)).toBe(next.get(node.instance))
  })
  it('starts anew where the counter went back, and forgets who is gone', () => {
    expect(cpuShares(first, at(110_000, 1)).get(node.instance)?.recent).toBe(false)
    expect(cpuShares(first, []).size).toBe(0)
  })
})

describe('agents', () => {
  it('are delivered by rows, and nothing where they made none', () => {
    const rows = fleetRows([nodes[2] ?? node, { ...node, rows_produced: 0 }])
    expect(rows.map((r) => [r.dropped, r.delivered === null ? null : r.delivered < 1])).toEqual([
      [331, true],
      [0, null],
    ])
  })
  it('are searched by name and place', () => {
    expect(searchNodes(nodes, 'ARM64')?.map((n) => n.node)).toEqual(['c'])
    expect(searchNodes(nodes, '')).toBeUndefined()
  })
  it('count the versions of what still runs', () => expect(versionsOf(nodes)).toEqual([['0.1.0', 2]]))
})
