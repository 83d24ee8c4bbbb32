import type { InstanceAccounts } from '@headwater/contracts'
import { expect, test } from 'vitest'
import { type AccountRows, accounts } from '../../accounts/sums.js'
import { accountGauges } from './account-gauges.js'

/** Instances of one report each. */
function instances(of: { node: string; rows: number; dropped?: Record<string, number>; instance?: string }[]) {
  const reports = of.map(({ node, rows, dropped = {}, instance = node }) => ({
    ...{ cluster: 'c', node, instance, step_time: 0, rows, batches: 1, dropped },
    ...{ dns_rows: 0, dns_batches: 0, dns_dropped: {}, last: 0 },
  }))
  const none = { flows: [], dns: [] }
  const rows: AccountRows = { reports, stored: none, leftOut: none }
  return accounts(rows).instances
}
const samples = (all: InstanceAccounts[], most: number) => {
  const { families, folded } = accountGauges(all, most)
  return { samples: families[0]?.samples ?? [], folded: folded.node_rows }
}
const line = ({ labels, value }: { labels: Record<string, string>; value: number }) =>
  `${Object.values(labels).filter(Boolean).join(' ')} ${value}`

test('tells of each node what became of its rows, of all its agents', () => {
  const all = instances([
    { node: 'n1', rows: 10, dropped: { 'outbox-full': 3, 'ring-full': 2 } },
    { node: 'n1', rows: 5, dropped: { 'outbox-full': 1 }, instance: 'older' },
  ])
  expect(samples(all, 100).samples.map(line)).toEqual([
    'c n1 flows produced 15',
    'c n1 flows stored 0',
    'c n1 flows dropped outbox-full 4',
    'c n1 flows dropped ring-full 2',
    'c n1 dns produced 0',
    'c n1 dns stored 0',
  ])
})

test('series are bounded, whatever reasons agents give; what is folded keeps the sum', () => {
  const reasons = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`reason-${i}`, 1]))
  const [one] = [samples(instances([{ node: 'n', rows: 1, dropped: reasons(500) }]), 1000)]
  expect(one.samples.length).toBeLessThan(25)
  expect(one.samples.map(line)).toContain('c n flows dropped other 484')
  const many = instances(
    Array.from({ length: 300 }, (_, i) => ({ node: `n${i}`, rows: i, dropped: i === 7 ? { 'outbox-full': 900 } : {} })),
  )
  const told = samples(many, 100)
  expect(told.samples.length).toBeLessThanOrEqual(100)
  expect(told.folded).toBeGreaterThan(1000)
  expect(told.samples.map(line)).toContain('c n7 flows dropped outbox-full 900')
  const produced = told.samples.filter(({ labels }) => labels.outcome === 'produced')
  expect(produced.reduce((sum, { value }) => sum + value, 0)).toBe((299 * 300) / 2)
  expect(produced.some(({ labels }) => labels.node === 'other')).toBe(true)
})
