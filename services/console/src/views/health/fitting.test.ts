import { expect, it } from 'vitest'
import { fitting } from './fitting.js'
import { healthColumns } from './healthColumns.js'

const ids = (width?: number) => fitting(healthColumns('Service', false, 60_000, 0), width).map((c) => c.id)

it('leaves out what tells least until the rest fits', () => {
  expect(ids()).toHaveLength(11)
  expect(ids(10_000)).toEqual(ids())
  expect(ids(1_180)).toEqual(['name', 'state', 'reason', 'rate', 'failures', 'connect', 'rtt', 'retransmits'])
  expect(ids(300)).toEqual(['name', 'state', 'reason', 'failures'])
})
