import { expect, test } from 'vitest'
import { closeReason } from './close.js'
import { writeConnectionId } from './connection-id.js'
import { failureReason } from './failure.js'
import { headerBytes } from './wire.js'

const id = (client: number, server: number) => {
  const words = new Uint32Array(2)
  writeConnectionId(words, 0, client, server)
  return (BigInt(words[1]!) << 32n) | BigInt(words[0]!)
}

test('connection ids: the same at both ends, 0 where unknown, well spread', () => {
  expect(id(1, 2)).toBe(id(1, 2))
  expect(id(1, 2)).not.toBe(id(2, 1))
  expect([id(0, 5), id(5, 0), id(0, 0)]).toEqual([0n, 0n, 0n])
  const ids = new Set<bigint>()
  const buckets = new Array<number>(16).fill(0)
  for (let i = 1; i <= 4096; i++) {
    const hash = id(i, i + 1)
    ids.add(hash)
    buckets[Number(hash & 15n)]!++
  }
  expect(ids.size).toBe(4096)
  for (const n of buckets) expect(Math.abs(n - 256)).toBeLessThan(80)
})

test('one bit of an ISN moves about half of the bits', () => {
  let moved = 0
  for (let bit = 0; bit < 32; bit++) {
    const difference = id(0xdeadbeef, 0x12345678) ^ id((0xdeadbeef ^ (1 << bit)) >>> 0, 0x12345678)
    moved += difference.toString(2).replaceAll('0', '').length
  }
  expect(moved / 32).toBeGreaterThan(26)
  expect(moved / 32).toBeLessThan(38)
})

test.each([
  [111, 'refused'],
  [110, 'timeout'],
  [113, 'unreachable'],
  [101, 'no-route'],
  [104, 'reset'],
  [0, 'aborted'],
  [22, 'other'],
])('errno %i is %s', (errno, reason) => {
  expect(failureReason(errno)).toBe(reason)
})

test.each([
  ['', 110, 'timeout'],
  ['netfilter_drop', 110, 'netfilter-drop'],
  ['netfilter_drop', 0, 'netfilter-drop'],
  ['netfilter_drop', 111, 'refused'],
  ['neigh_failed', 113, 'neigh-failed'],
  ['neigh_failed', 104, 'reset'],
  ['toString', 110, 'timeout'],
])('drop %s and errno %i: %s', (drop, errno, reason) => {
  expect(failureReason(errno, drop)).toBe(reason)
})

test('an attempt without a local port never was sent', () => {
  expect(failureReason(0, '', 0)).toBe('no-free-port')
  expect(failureReason(0, '', 40_000)).toBe('aborted')
  expect(failureReason(111, '', 0)).toBe('refused')
})

test.each([
  [0, 5, 0, 'active-close'],
  [0, 6, 0, 'active-close'],
  [0, 9, 0, 'passive-close'],
  [0, 11, 0, 'simultaneous-close'],
  [0, 1, 0, 'aborted'],
  [0, 5, 1, 'aborted'],
  [103, 1, 1, 'aborted'],
  [104, 1, 0, 'reset'],
  [32, 8, 0, 'reset'],
  [110, 4, 1, 'timeout'],
  [113, 1, 0, 'unreachable'],
  [22, 1, 0, 'other'],
  [0, 3, 0, 'other'],
])('errno %i from state %i after %i resets: %s', (errno, before, resets, reason) => {
  expect(closeReason(errno, before, resets)).toBe(reason)
})

test('header bytes of a segment', () => {
  expect(headerBytes(true, 32)).toBe(52)
  expect(headerBytes(false, 32)).toBe(72)
  expect(headerBytes(true, 0)).toBe(40)
})
