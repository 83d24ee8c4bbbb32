import { describe, expect, it } from 'vitest'
import { fitted, MAX_ZOOM, MIN_ZOOM, toScreen, toWorld, zoomed } from './camera.js'
import { curveOf, distanceTo, pointAt } from './curve.js'
import { Geometry } from './geometry.js'
import { HitIndex } from './hit.js'
import { cull, type Label } from './labels.js'
import { Positions } from './positions.js'
import { focusOf } from './scene.js'
import { graph } from './testing/graphs.js'

const positions = (points: Record<string, [number, number]>): Positions => {
  const p = new Positions('process')
  for (const [id, [x, y]] of Object.entries(points)) p.set(id, x, y)
  return p
}

describe('the camera', () => {
  const camera = { x: 10, y: 20, k: 0.5 }
  it('is undone by its inverse', () => {
    expect(toWorld(camera, toScreen(camera, { x: 7, y: -3 }))).toEqual({ x: 7, y: -3 })
  })
  it('holds the point under the pointer while zooming, and stops at its bounds', () => {
    const at = { x: 100, y: 60 }
    expect(toScreen(zoomed(camera, 2, at), toWorld(camera, at))).toEqual(at)
    expect([zoomed(camera, 1e9, at).k, zoomed(camera, 1e-9, at).k]).toEqual([MAX_ZOOM, MIN_ZOOM])
  })
  it('fits a box into view', () => {
    const c = fitted({ left: -1000, top: -50, right: 3000, bottom: 50 }, { width: 800, height: 600 })
    const [a, b] = [toScreen(c, { x: -1000, y: 0 }), toScreen(c, { x: 3000, y: 0 })]
    expect(a.x).toBeGreaterThan(0)
    expect(b.x).toBeLessThan(800)
    expect((a.x + b.x) / 2).toBeCloseTo(400)
  })
})

describe('hits', () => {
  const g = graph('a>b', 'b>a', 'c>c')
  const at = positions({ a: [0, 0], b: [300, 0], c: [0, 500] })
  const hits = new HitIndex(new Geometry(g, at))
  it('finds nodes before edges, and nothing in the void', () => {
    expect(hits.at({ x: 5, y: 5 }, 2)).toEqual({ type: 'node', id: 'a' })
    expect(hits.at({ x: 150, y: 200 }, 4)).toBeUndefined()
  })
  it('tells the two directions between a pair apart', () => {
    for (const e of g.edges) {
      const [a, b] = [at.get(e.source.id), at.get(e.target.id)]
      if (!a || !b) throw new Error('no place')
      expect(hits.at(pointAt(curveOf(e, a, b), 0.5), 3)).toEqual({ type: 'edge', id: e.id })
    }
  })
  it('measures the distance from a curve', () => {
    const [e] = g.edges
    if (!e) throw new Error('no edge')
    const curve = curveOf(e, { x: 0, y: 0 }, { x: 300, y: 0 })
    expect(distanceTo(curve, pointAt(curve, 0.37))).toBeLessThan(0.5)
    expect(distanceTo(curve, { x: 150, y: 300 })).toBeGreaterThan(200)
  })
})

describe('labels', () => {
  const box = (x: number, y: number) => ({ left: x, right: x + 40, top: y, bottom: y + 12 })
  const label = (id: string, ...places: ReturnType<typeof box>[]): Label => ({
    id,
    places,
    clear: false,
    always: false,
  })
  const shown = (...[labels, under, most]: Parameters<typeof cull>) =>
    Object.fromEntries([...cull(labels, under, most)].map(([l, at]) => [l.id, at]))
  it('take the room in their order', () => {
    const labels = [label('first', box(10, 5)), label('second', box(0, 0)), label('far', box(500, 500))]
    expect(Object.keys(shown(labels))).toEqual(['first', 'far'])
  })
  it('move to their next place where the first is taken', () => {
    const labels = [label('first', box(0, 0)), label('second', box(5, 0), box(0, 30))]
    expect(shown(labels).second).toEqual(box(0, 30))
  })
  it('keep off nodes where they can, and badges always', () => {
    const under = (b: { top: number }) => (b.top < 10 ? 'node' : 'nothing')
    expect(shown([label('name', box(0, 0), box(0, 30))], under).name).toEqual(box(0, 30))
    expect(shown([label('name', box(0, 0))], under).name).toEqual(box(0, 0))
    expect(shown([{ ...label('badge', box(0, 0)), clear: true }], under)).toEqual({})
  })
  it('never hide what is unwell', () => {
    const under = (b: { top: number }) => (b.top < 10 ? 'unwell' : 'node')
    expect(shown([label('name', box(0, 0), box(0, 30))], under).name).toEqual(box(0, 30))
    expect(shown([label('name', box(0, 0))], under)).toEqual({})
  })
  it('that are pointed at are always shown', () => {
    const always = (id: string) => ({ ...label(id, box(0, 0)), always: true })
    expect(Object.keys(shown([always('a'), always('b')], undefined, 1))).toEqual(['a', 'b'])
  })
  it('are not more than asked for, and no more are made', () => {
    let made = 0
    function* labels() {
      for (let i = 0; i < 50; i++) {
        made++
        yield label(`l${i}`, box(0, i * 20))
      }
    }
    expect(Object.keys(shown(labels(), undefined, 10))).toHaveLength(10)
    expect(made).toBe(11)
  })
})

describe('what stands out', () => {
  const g = graph('a>b', 'b>c', 'x>y')
  const none = { graph: g, hovered: undefined, selected: undefined, found: undefined }
  it('is nothing by default, else the pointed-at with its neighbours', () => {
    expect(focusOf(none)).toBeUndefined()
    const focus = focusOf({ ...none, selected: { type: 'node', id: 'b' } })
    expect([[...(focus?.nodes ?? [])].sort(), [...(focus?.edges ?? [])]]).toEqual([
      ['a', 'b', 'c'],
      ['a>b', 'b>c'],
    ])
  })
  it('falls back to the search where the selection is gone', () => {
    const found = { nodes: new Set(['x']), edges: new Set<string>() }
    expect(focusOf({ ...none, selected: { type: 'node', id: 'gone' }, found })).toBe(found)
  })
})
