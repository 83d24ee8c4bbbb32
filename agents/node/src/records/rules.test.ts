import { expect, test } from 'vitest'
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
  [101, 'unreachable'],
  [104, 'reset'],
  [0, 'aborted'],
  [22, 'other'],
])('errno %i is %s', (errno, reason) => {
  expect(failureReason(errno)).toBe(reason)
})

test('header bytes of a segment', () => {
  expect(headerBytes(true, 32)).toBe(52)
  expect(headerBytes(false, 32)).toBe(72)
  expect(headerBytes(true, 0)).toBe(40)
})
