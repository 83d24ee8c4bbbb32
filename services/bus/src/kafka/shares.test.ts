import { expect, it } from 'vitest'
import { type Share, Shares } from './shares.js'

const share = (over: Partial<Share>): Share => ({
  place: 't/0',
  bytes: 100,
  fetchBytes: 1000,
  messages: 10,
  left: 0,
  ...over,
})

it('leaves a scrap for the next fetch, never twice in a row', () => {
  const shares = new Shares()
  const scrap = share({ left: 3 })
  expect([1, 2, 3, 4].map(() => shares.isScrap(scrap))).toEqual([true, false, true, false])
})

it('tells partitions apart', () => {
  const shares = new Shares()
  expect(['t/0', 't/1', 't/0'].map((place) => shares.isScrap(share({ place, left: 3 })))).toEqual([true, true, false])
})

it('takes all that a partition has, however little, and what is a good part of a fetch', () => {
  const shares = new Shares()
  expect(shares.isScrap(share({ left: 0 }))).toBe(false)
  expect(shares.isScrap(share({ bytes: 250, left: 3 }))).toBe(false)
  expect(shares.isScrap(share({ bytes: 1000, left: 3 }))).toBe(false)
})

it('says whether what is left fills a fetch, by the size of what came', () => {
  expect(Shares.fillsAnother(share({ left: 99 }))).toBe(false)
  expect(Shares.fillsAnother(share({ left: 100 }))).toBe(true)
})
