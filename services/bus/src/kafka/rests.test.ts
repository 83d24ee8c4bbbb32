import { expect, it } from 'vitest'
import { Rests } from './rests.js'

it('is short while there is little to do', () => {
  const rests = new Rests(1000, 5000)
  expect([rests.after('t/0', 20), rests.after('t/1', 20), rests.after('t/0', 20)]).toEqual([1000, 1000, 1000])
})

it('grows with what all partitions take, and has an end', () => {
  const rests = new Rests(1000, 5000)
  const round = () => Array.from({ length: 10 }, (_, p) => rests.after(`t/${p}`, 100))
  round()
  expect(round()).toEqual(Array(10).fill(3000))
  rests.after('t/0', 9000)
  expect(rests.after('t/1', 1)).toBe(5000)
})
