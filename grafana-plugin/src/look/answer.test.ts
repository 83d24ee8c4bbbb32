import type { PanelData, TimeRange } from '@grafana/data'
import { expect, test } from 'vitest'
import { mapOf } from './answer.js'

const range = { from: { valueOf: () => 0 }, to: { valueOf: () => 60_000 } } as TimeRange
const data = (more: Partial<PanelData>): PanelData => ({
  state: 'Done' as PanelData['state'],
  series: [],
  timeRange: { ...range, raw: range },
  ...more,
})
const titled = (more: Partial<PanelData>) => {
  const shown = mapOf(data(more))
  return 'title' in shown ? `${shown.title}: ${shown.text}` : 'an answer'
}
const frame = (name: string, answer?: unknown) => ({ name, fields: [], length: 0, meta: { custom: { answer } } })

test('each way of having nothing to show says what to do', () => {
  expect(titled({ errors: [{ message: 'The token is refused.' }] })).toBe('No answer: The token is refused.')
  expect(titled({ errors: [{}] })).toContain('Save & test')
  expect(titled({ series: [frame('edges')] })).toContain('Choose the query type "Map"')
  expect(titled({ series: [frame('map', { nodes: 1 })] })).toContain('versions that do not fit')
  expect(titled({ state: 'Loading' as PanelData['state'] })).toContain('on its way')
  expect(titled({})).toContain('No connection was seen')
  expect(titled({ timeRange: { from: range.to, to: range.to, raw: range } })).toContain('The time range is empty')
  const targets = [{ refId: 'A', filter: '{service="x"}' }]
  expect(titled({ request: { targets } as never })).toContain('matches the filter')
})

test('an answer is shown, also beside the error of another query', () => {
  const answer = { nodes: [{}], edges: [], range: { from: 0, to: 1 } }
  expect(titled({ series: [frame('map', answer)], errors: [{ message: 'x' }] })).toBe('an answer')
})
