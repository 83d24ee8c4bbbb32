import { describe, expect, it } from 'vitest'
import type { Graph } from './graph.js'
import type { Layout } from './layout/layout.js'
import type { LayoutRequest } from './layout/messages.js'
import { LayoutSimulation } from './layout/simulation.js'
import { Placement } from './placement.js'
import { Positions } from './positions.js'
import { graph } from './testing/graphs.js'

/** Runs each request to its end at once. */
class InstantLayout implements Layout {
  onResult: Layout['onResult']
  requests: LayoutRequest[] = []
  request(request: LayoutRequest): void {
    this.requests.push(request)
    const simulation = new LayoutSimulation(request)
    while (!simulation.step(50));
    this.onResult?.({ revision: request.revision, positions: simulation.positions(), done: true })
  }
  dispose(): void {}
}

function storage(): Storage {
  const kept = new Map<string, string>()
  return {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => void kept.set(k, v),
  } as unknown as Storage
}

function placed(g: Graph, kept = storage()) {
  const layout = new InstantLayout()
  const placement = new Placement({ layout, storage: kept, reducedMotion: false, onMoved: () => {} })
  placement.set(g, 'process', 1.6)
  const at = (id: string) => ({ ...placement.positions.get(id) })
  return { layout, placement, at }
}

const distance = (a: { x?: number; y?: number }, b: { x?: number; y?: number }): number =>
  Math.hypot((a.x ?? Number.NaN) - (b.x ?? Number.NaN), (a.y ?? Number.NaN) - (b.y ?? Number.NaN))

describe('placement', () => {
  it('gives every node a place of its own', () => {
    const { at } = placed(graph('a>b', 'b>c', 'c>d', 'x>y'))
    const ids = ['a', 'b', 'c', 'd', 'x', 'y']
    for (const [i, p] of ids.entries())
      for (const q of ids.slice(i + 1)) expect(distance(at(p), at(q)), `${p} ${q}`).toBeGreaterThan(30)
  })
  it('asks for nothing where only traffic or edges changed', () => {
    const { layout, placement } = placed(graph('a>b', 'b>c'))
    placement.set(graph('a>b', 'b>c', 'a>c'), 'process', 1.6)
    expect(layout.requests).toHaveLength(1)
  })
  it('leaves nodes where they are when another comes, and puts that one near its neighbour', () => {
    const { placement, at } = placed(graph('a>b', 'b>c', 'c>d', 'x>y'))
    const before = ['a', 'b', 'c', 'd', 'x', 'y'].map(at)
    placement.set(graph('a>b', 'b>c', 'c>d', 'x>y', 'x>new'), 'process', 1.6)
    expect(['a', 'b', 'c', 'd', 'x', 'y'].map(at)).toEqual(before)
    expect(distance(at('new'), at('x'))).toBeLessThan(250)
  })
  it('gives back its place to a node that went and came again', () => {
    const { placement, at, layout } = placed(graph('a>b', 'b>c'))
    const before = at('c')
    placement.set(graph('a>b'), 'process', 1.6)
    placement.set(graph('a>b', 'b>c'), 'process', 1.6)
    expect(at('c')).toEqual(before)
    expect(layout.requests).toHaveLength(1)
  })
  it('keeps what the user moved', () => {
    const { placement, at } = placed(graph('a>b', 'b>c'))
    placement.move('a', 500, 600)
    placement.set(graph('a>b', 'b>c', 'c>d'), 'process', 1.6)
    expect(at('a')).toEqual({ x: 500, y: 600 })
  })
  it('is the same after a reload, per grouping', () => {
    const kept = storage()
    const first = placed(graph('a>b', 'b>c'), kept)
    const second = placed(graph('a>b', 'b>c'), kept)
    expect(second.layout.requests).toHaveLength(0)
    expect(distance(first.at('a'), second.at('a'))).toBeLessThan(1)
    second.placement.set(graph('a>b', 'b>c'), 'address', 1.6)
    expect(second.layout.requests).toHaveLength(1)
  })
  it('is deterministic', () => {
    expect(placed(graph('a>b', 'b>c', 'a>d')).at('d')).toEqual(placed(graph('a>b', 'b>c', 'a>d')).at('d'))
  })
})

describe('saved positions', () => {
  it.each(['not json', '{"a":["x",1]}', '{"a":null}', 'null'])('survive %s', (text) => {
    const positions = new Positions('process', { getItem: () => text, setItem: () => {} })
    positions.load()
    expect(positions.get('a')).toBeUndefined()
  })
  it('survive storage that is forbidden or full', () => {
    const forbidden = () => {
      throw new Error('denied')
    }
    const positions = new Positions('process', { getItem: forbidden, setItem: forbidden })
    positions.load()
    positions.set('a', 1, 2)
    positions.save()
    expect(positions.get('a')).toEqual({ x: 1, y: 2 })
  })
})
