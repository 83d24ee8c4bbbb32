import { describe, expect, it } from 'vitest'
import { diff } from './diff.js'
import { graphOf, radiusOf, shapeOf, widthOf } from './graph.js'
import { edge, graph, health, node } from './testing/graphs.js'

describe('the model', () => {
  it('joins edges with their nodes, and leaves out those without', () => {
    const g = graphOf({ nodes: [node('a'), node('b')], edges: [edge('a', 'b'), edge('a', 'gone')] })
    expect(g.edges.map((e) => [e.source.id, e.target.id])).toEqual([['a', 'b']])
    expect([...(g.neighbours.get('b') ?? [])]).toEqual(['a'])
  })
  it('marks edges that have one the other way', () => {
    const g = graph('a>b', 'b>a', 'a>c', 'd>d')
    expect(g.edges.map((e) => e.paired)).toEqual([true, true, false, false])
  })
  it('tells observed, addresses and the internet apart', () => {
    expect(
      [
        node('a'),
        node('b', { observed: false, class: 'private' }),
        node('c', { observed: false, class: 'internet' }),
      ].map(shapeOf),
    ).toEqual(['process', 'address', 'internet'])
  })
  it('grows with the logarithm of the bytes, within bounds', () => {
    const sizes = [0, 1e3, 1e6, 1e9, 1e18].map((tx_bytes) => radiusOf(node('a', { tx_bytes })))
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect([sizes[0], sizes.at(-1)]).toEqual([9, 24])
    expect(widthOf(edge('a', 'b', { client_to_server_bytes: 1e18 }))).toBe(6)
  })
})

it('takes the health that the API says', () => {
  const [a, b] = [node('a', { health: health('degraded') }), node('b')]
  const g = graphOf({ nodes: [a, b], edges: [edge('a', 'b', { failures: 9, health: health('unknown') })] })
  expect([g.byId.get('a')?.health, g.byId.get('b')?.health, g.edges[0]?.health]).toEqual([
    'degraded',
    'healthy',
    'unknown',
  ])
})

describe('the difference of two answers', () => {
  it('names what came and went', () => {
    const d = diff(graph('a>b', 'b>c'), graph('a>b', 'a>d'))
    expect(d).toMatchObject({ added: ['d'], removed: ['c'], structural: true })
  })
  it('is not structural where only traffic changed, and names the active edges', () => {
    const before = graphOf({ nodes: [node('a'), node('b')], edges: [edge('a', 'b'), edge('b', 'a')] })
    const after = graphOf({ nodes: [node('a'), node('b')], edges: [edge('a', 'b', { connects: 2 }), edge('b', 'a')] })
    expect(diff(before, after)).toEqual({ added: [], removed: [], structural: false, active: ['a>b'] })
  })
  it('sees another edge between the same nodes', () => {
    expect(diff(graph('a>b', 'b>c'), graph('a>b', 'a>c')).structural).toBe(true)
  })
  it('calls nothing active on the first answer', () => {
    expect(diff(graph(), graph('a>b')).active).toEqual([])
  })
})
