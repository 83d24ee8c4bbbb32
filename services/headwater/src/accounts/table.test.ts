import type { Account, AccountSum, AccountsAnswer } from '@headwater/contracts'
import { expect, it } from 'vitest'
import { lagLines } from './lag-table.js'
import { accountLines, reasonLines } from './table.js'

const some = (rows: number, batches = 1) => ({ rows, batches })
const none = some(0, 0)
const account = (over: Partial<Account> = {}): Account => ({
  ...{ produced: none, stored: none, dropped: {}, dead: {}, duplicate: none, replayed: none, delivered: null },
  ...over,
})
const sum = (over: Partial<AccountSum> = {}): AccountSum => ({ ...account(over), unaccounted: 0, ...over })

const lost = sum({
  ...{ produced: some(100), stored: some(68), delivered: 0.68 },
  dropped: { 'outbox-full': 10, 'bus-timeout': 1, 'ring-full': 3, replaced: 4 },
  dead: { 'too-old': some(2, 0), 'not-arrow': some(10, 2) },
  ...{ duplicate: some(20), replayed: some(1), unaccounted: 9 },
})
const sound = sum({ produced: some(50), stored: some(50), delivered: 1 })
const steps = [
  { time: Date.UTC(2026, 0, 1), flows: account({ produced: some(10), delivered: 0 }), dns: account() },
  { time: Date.UTC(2026, 0, 1, 0, 1), flows: account({ stored: some(10) }), dns: account() },
]
const answer = (instances: AccountsAnswer['instances'], flows = lost): AccountsAnswer =>
  ({ flows, dns: sum({ produced: some(7), delivered: 0, unaccounted: 7 }), instances }) as AccountsAnswer
const instance = (name: string, flows: AccountSum, over = {}) => ({
  ...{ cluster: 'east', node: `node of ${name}`, instance: name, flows, dns: sum(), steps, ...over },
})
const cells = (line: string | undefined) => line?.trim().split(/ {2,}/)

it('has a row for each instance, with what was in a batch apart from what was never made', () => {
  const [head, ...rows] = accountLines(answer([instance('a', lost), instance('b', sound)]), 'flows', false)
  expect(cells(head)?.join('|')).toBe(
    'CLUSTER|NODE|INSTANCE|PRODUCED|STORED|DROPPED|DEAD|DUPLICATE|REPLAYED|UNACCOUNTED|DELIVERED|NEVER MADE',
  )
  const figures = ['100', '68', '11', '12', '20', '1', '9', '68.00 %', '7']
  expect(rows.map(cells)).toEqual([
    ['east', 'node of a', 'a', ...figures],
    ['east', 'node of b', 'b', '50', '50', '0', '0', '0', '0', '0', '100.00 %', '0'],
    ['(sum)', ...figures],
  ])
  expect(new Set(rows.map((row) => row.length))).toEqual(new Set([head?.length]))
})

it('has a row for each step, in which nothing is unaccounted for', () => {
  const [head, ...rows] = accountLines(answer([instance('a', lost)]), 'flows', true)
  expect(head).toContain('INSTANCE  TIME')
  expect(rows.slice(0, 2).map(cells)).toEqual([
    ['east', 'node of a', 'a', '2026-01-01T00:00:00.000Z', '10', '0', '0', '0', '0', '0', '0.00 %', '0'],
    ['east', 'node of a', 'a', '2026-01-01T00:01:00.000Z', '0', '10', '0', '0', '0', '0', '0'],
  ])
  expect(cells(rows[2])).toContain('68.00 %')
})

it('is of questions to name servers where they are asked for', () => {
  const [, row, all] = accountLines(answer([instance('a', lost)]), 'dns', false)
  expect(cells(row)?.slice(3, 5)).toEqual(['0', '0'])
  expect(cells(all)).toEqual(['(sum)', '7', '0', '0', '0', '0', '0', '7', '0.00 %', '0'])
})

it.each([
  [0.999_999, '99.99 %'],
  [1, '100.00 %'],
  [0.57, '57.00 %'],
  [2 / 3, '66.67 %'],
])('shows %d delivered as %s', (delivered, shown) => {
  expect(accountLines(answer([], sum({ delivered })), 'flows', false)[1]).toContain(` ${shown}`)
})

it('is a head and a sum where there is no instance', () => {
  expect(accountLines(answer([], sum()), 'flows', false)).toHaveLength(2)
})

it('names those whom nobody knows, and lets no name steer the terminal', () => {
  const unknown = instance('', sum({ dead: { 'not-arrow': some(0) } }), { cluster: '', node: '' })
  const evil = '\u001b[2Jx\n'
  const lines = accountLines(answer([unknown, instance(evil, sum(), { node: evil })]), 'flows', false)
  expect(cells(lines[1])?.[0]).toBe('(unknown)')
  expect(lines[2]).toContain('\\u001b[2Jx\\u000a')
  expect(lines.join('')).not.toMatch(/\p{Cc}/u)
  expect(reasonLines(sum({ dropped: { [evil]: 1 } })).join('')).not.toMatch(/\p{Cc}/u)
})

it('has the reasons below, those of most rows first', () => {
  expect(reasonLines(lost)).toEqual([
    'dropped     outbox-full 10, bus-timeout 1',
    'dead        not-arrow 10 in 2 batches, too-old 2',
    'never made  replaced 4, ring-full 3',
  ])
  expect(reasonLines(sum({ dead: { 'not-arrow': some(0) } }))).toEqual(['dead        not-arrow 0 in 1 batch'])
  expect(reasonLines(sound)).toEqual([])
})

it('of lag has a row for each partition and one for each topic', () => {
  const partition = (n: number, messages: number, seconds: number) => ({
    ...{ partition: n, messages, seconds, replica: 'r1', told: 0 },
  })
  const topics = [
    { topic: 'flows', messages: 12, seconds: 3.25, partitions: [partition(0, 2, 0), partition(1, 10, 3.25)] },
  ]
  expect(lagLines({ range: { from: 0, to: 1 }, topics })).toEqual([
    'TOPIC  PARTITION  MESSAGES  SECONDS  REPLICA  TOLD',
    'flows          0         2      0.0  r1       1970-01-01T00:00:00.000Z',
    'flows          1        10      3.3  r1       1970-01-01T00:00:00.000Z',
    'flows        all        12      3.3',
  ])
})
