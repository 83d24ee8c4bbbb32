import { expect, test } from 'vitest'
import { defaultQuery } from '../../../model/query.ts'
import type { Ask } from './ask.ts'
import { stepOf } from './step.ts'

const MINUTE = 60_000
const ask = (minutes: number, more: Partial<Ask> = {}): Ask =>
  ({
    query: defaultQuery,
    range: { from: 0, to: minutes * MINUTE },
    intervalMs: 1000,
    maxDataPoints: 1000,
    alert: false,
    ...more,
  }) as Ask

test('the interval of the panel, but no more points than it has room for', () => {
  expect(stepOf(ask(15))).toBe('1s')
  expect(stepOf(ask(15, { intervalMs: 20_000 }))).toBe('30s')
  expect(stepOf(ask(24 * 60))).toBe('120s')
  expect(stepOf(ask(15, { query: { ...defaultQuery, split: 'edge' } }))).toBe('5s')
})

test('alerts leave it to the API: Grafana asks for seconds there', () => {
  expect(stepOf(ask(15, { alert: true, maxDataPoints: 43_200 }))).toBeUndefined()
})
