import type { Field } from '@grafana/data'
import { expect, test } from 'vitest'
import { text as kind } from '../look/kinds.js'
import { linkFrame } from './links.js'

const place = { uid: 'hw', name: 'Headwater' }
const text = (name: string, ...values: string[]): Field => ({ name, type: kind, config: {}, values })
const frameOf = (...fields: Field[]) => ({ fields, length: fields[0]?.values.length ?? 0 })

test('an edge leads to its flows, by the matchers of its row', () => {
  const frame = frameOf(text('client_service', 'a'), text('state', 'healthy'), text('filter', '{}'))
  const linked = linkFrame(frame, 'edges', place)
  expect(linked.fields.map((f) => f.config.links?.length ?? 0)).toEqual([1, 0, 0])
  expect(linked.fields[0]?.config.links?.[0]?.internal?.query).toMatchObject({
    queryType: 'flows',
    filter: `$\{__data.fields.filter}`,
  })
})

test('a flow leads to what its process talks to, whatever its name holds', () => {
  const frame = frameOf(text('process', 'a"b', ''), text('node', 'n1', 'n2'), text('cluster', '', 'c'))
  const linked = linkFrame(frame, 'flows', place)
  expect(linked.fields.at(-1)).toMatchObject({
    name: 'process_filter',
    config: { custom: { hidden: true, hideFrom: { viz: true } } },
    values: ['{process="a\\"b",node="n1"}', '{node="n2",cluster="c"}'],
  })
})

test('a frame that has links already gets no second ones', () => {
  const linked = { ...text('client_service', 'a'), config: { links: [{ title: 'Flows of this edge', url: '' }] } }
  const frame = frameOf(linked, text('filter', '{}'))
  expect(linkFrame(frame, 'edges', place)).toBe(frame)
})

test('other frames are left as they are', () => {
  const frame = frameOf(text('node', 'n1'))
  expect(linkFrame(frame, 'nodes', place)).toBe(frame)
})
