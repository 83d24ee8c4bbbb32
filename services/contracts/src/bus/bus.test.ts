import { expect, it } from 'vitest'
import { groupsOf } from './bus.js'

it('makes groups that a bus takes at once, in order, each of one message at least', () => {
  const size = (n: number) => n
  expect(groupsOf([], size, 10)).toEqual([])
  expect(groupsOf([4, 6, 1, 25, 3, 7, 1], size, 10)).toEqual([[4, 6], [1], [25], [3, 7], [1]])
})
