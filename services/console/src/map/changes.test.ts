import { expect, it } from 'vitest'
import { countChanges, foundChanges } from './changes.js'
import { graphOf } from './graph.js'
import { edge, node } from './testing/graphs.js'

const change = (kind: 'new' | 'gone' | 'changed' | 'same') => ({ change: { kind, reason: '', before: null } })
const compared = graphOf({
  nodes: [node('a'), node('b'), node('c'), node('d', { change: { kind: 'gone' } })],
  edges: [
    edge('a', 'b', change('new')),
    edge('b', 'c', change('gone')),
    edge('a', 'c', change('changed')),
    edge('c', 'a', change('same')),
  ],
})

it('counts what came, went and changed', () => {
  expect(countChanges(compared)).toEqual({ new: 1, gone: 1, changed: 1 })
  expect(countChanges(graphOf({ nodes: [node('a'), node('b')], edges: [edge('a', 'b')] }))).toBeUndefined()
})

it('lets changes stand out, with their ends, within what the search found', () => {
  const shown = foundChanges(compared, undefined, ['gone'])
  expect([[...(shown?.edges ?? [])], [...(shown?.nodes ?? [])]]).toEqual([['b>c'], ['d', 'b', 'c']])
  const found = { nodes: new Set(['a', 'b']), edges: new Set(['a>b']) }
  expect(foundChanges(compared, found, ['new', 'gone'])?.edges).toEqual(new Set(['a>b']))
  expect(foundChanges(compared, found, [])).toBe(found)
})
