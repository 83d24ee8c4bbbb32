import { accountsSchema } from '@headwater/contracts'
import { expect, test } from 'vitest'
import type { AccountLeftOutRow, AccountReportRow, AccountStoredRow } from '../sql/accounts.js'
import { type AccountRows, accounts } from './sums.js'

const MINUTE = 60_000
const who = (instance = 'i') => ({ cluster: 'c', node: `node of ${instance}`, instance })
const report = (step: number, rows: number, batches: number, dropped = {}, instance?: string): AccountReportRow => ({
  ...who(instance),
  step_time: step < 0 ? -1 : step * MINUTE,
  ...{ rows, batches, dropped, dns_rows: 0, dns_batches: 0, dns_dropped: {}, last: 0 },
})
const stored = (step: number, rows: number, kind: AccountStoredRow['kind'] = 'stored', instance?: string) => ({
  ...who(instance),
  ...{ step_time: step * MINUTE, rows, batches: 1, kind },
})
const left = (step: number, rows: number, over: Partial<AccountLeftOutRow> = {}): AccountLeftOutRow => ({
  ...who(),
  ...{ step_time: step * MINUTE, rows, batches: 1, kind: 'dead', reason: 'bad', untold: 0 },
  ...over,
})
const of = (rows: { reports?: AccountReportRow[]; stored?: AccountStoredRow[]; left?: AccountLeftOutRow[] }) => {
  const all: AccountRows = {
    reports: rows.reports ?? [],
    stored: { flows: rows.stored ?? [], dns: [] },
    leftOut: { flows: rows.left ?? [], dns: [] },
  }
  const sums = accounts(all)
  expect(accountsSchema.pick({ flows: true, dns: true, instances: true }).parse(sums)).toEqual(sums)
  return sums
}
const some = (rows: number, batches: number) => ({ rows, batches })

test('nothing is nothing', () => {
  const { flows, instances } = of({})
  expect(flows).toMatchObject({ produced: some(0, 0), delivered: null, unaccounted: 0 })
  expect(instances).toEqual([])
})

test('what reports count since the agent began is told as what came in each step', () => {
  const { instances } = of({
    reports: [
      report(-1, 100, 10, { 'ring-full': 7 }),
      report(0, 130, 13, { 'ring-full': 7 }),
      report(2, 130, 13, { 'ring-full': 9, 'outbox-full': 4 }),
      report(3, 170, 17, { 'ring-full': 9, 'outbox-full': 4 }),
    ],
  })
  const [one] = instances
  expect(one?.steps.map(({ time, flows }) => [time / MINUTE, flows.produced, flows.dropped])).toEqual([
    [0, some(30, 3), {}],
    [2, some(0, 0), { 'ring-full': 2, 'outbox-full': 4 }],
    [3, some(40, 4), {}],
  ])
  // Rows of ring-full were never made.
  expect(one?.flows).toMatchObject({
    produced: some(70, 7),
    dropped: { 'ring-full': 2, 'outbox-full': 4 },
    unaccounted: 66,
  })
})

test('a clock that was set back counts nothing twice', () => {
  const { flows } = of({ reports: [report(0, 50, 5), report(1, 20, 2), report(2, 60, 6)] })
  expect(flows.produced).toEqual(some(60, 6))
})

test('produced is stored, dropped, dead and unaccounted; copies are apart', () => {
  const { flows } = of({
    reports: [report(0, 100, 10, { undelivered: 10, replaced: 5 })],
    stored: [stored(0, 50)],
    left: [
      left(0, 20),
      left(0, 5, { reason: 'too-old', batches: 0 }),
      left(0, 30, { kind: 'duplicate', reason: '', batches: 3 }),
    ],
  })
  expect(flows).toEqual({
    produced: some(100, 10),
    stored: some(50, 1),
    dropped: { undelivered: 10, replaced: 5 },
    dead: { bad: some(20, 1), 'too-old': some(5, 0) },
    duplicate: some(30, 3),
    replayed: some(0, 0),
    delivered: 0.5,
    unaccounted: 15,
  })
})

test('what is replayed is delivered, and stays dead', () => {
  const { flows } = of({
    reports: [report(0, 30, 3)],
    stored: [stored(0, 20), stored(1, 10, 'replayed')],
    left: [left(0, 10)],
  })
  expect(flows).toMatchObject({ delivered: 1, dead: { bad: some(10, 1) }, replayed: some(10, 1), unaccounted: 0 })
})

test('batches after the last report were produced all the same', () => {
  const { flows } = of({
    reports: [report(0, 10, 1)],
    stored: [stored(0, 10), stored(0, 7, 'untold')],
    left: [left(0, 3, { untold: 1 })],
  })
  expect(flows).toMatchObject({ produced: some(20, 3), stored: some(17, 2), delivered: 17 / 20, unaccounted: 0 })
})

test('delivered is never above 1, and a surplus of one makes up for nothing of another', () => {
  const { flows, instances } = of({
    reports: [report(0, 10, 1, {}, 'a'), report(0, 10, 1, {}, 'b')],
    stored: [stored(0, 25, 'stored', 'a')],
  })
  expect(flows).toMatchObject({ delivered: 0.5, unaccounted: 10 })
  expect(instances.map((i) => i.flows.delivered)).toEqual([1, 0])
})

test('what nobody could read learns its node from whoever knows the instance, and of nobody stays so', () => {
  const unread = { cluster: '', node: '', reason: 'not-arrow', rows: 0 }
  const { instances } = of({
    left: [left(0, 0, { ...unread, instance: 'i' }), left(0, 0, { ...unread, instance: '' }), left(1, 2)],
  })
  expect(instances.map(({ cluster, node, instance }) => [cluster, node, instance])).toEqual([
    ['', '', ''],
    ['c', 'node of i', 'i'],
  ])
})

test('names that every object has are names', () => {
  const { flows } = of({ reports: [report(0, 1, 1, { constructor: 3, toString: 2 })] })
  expect(flows.dropped).toEqual({ constructor: 3, toString: 2 })
})
