import { describe, expect, it } from 'vitest'
import { RingReader } from './ring-reader.js'
import type { Layout } from './types.js'

const layout: Layout = { version: 1, stride: 8, fields: [{ name: 'n', offset: 0, size: 4, kind: 'u32' }] }

/** A ring of numbers, as the addon drains one; a negative number is a record of another length. */
function ringOf(numbers: number[], ringBytes = 1024): RingReader {
  return new RingReader(layout, ringBytes, (into, malformed) => {
    let length = 0
    malformed[0] = 0
    while (numbers.length > 0 && (length + 1) * layout.stride <= into.length) {
      const n = numbers.shift() as number
      if (n < 0) malformed[0] = (malformed[0] ?? 0) + 1
      else new DataView(into.buffer, into.byteOffset).setUint32(length++ * layout.stride, n, true)
    }
    return length
  })
}

const numbersIn = (records: ReturnType<RingReader['read']>): number[] => {
  if (records === undefined) return []
  const { array, first, step } = records.u32('n')
  return Array.from({ length: records.length }, (_, i) => array[first + i * step] as number)
}

describe('a ring that is read', () => {
  it('fills the same records anew, and views that stand show them', () => {
    const ring = ringOf([1, 2, 3, 4, 5])
    const first = ring.read(3)
    const column = first?.u32('n')
    expect(numbersIn(first)).toEqual([1, 2, 3])
    const second = ring.read(3)
    expect(second).toBe(first)
    expect(numbersIn(second)).toEqual([4, 5])
    expect(column?.array[column.first]).toBe(4)
    expect(ring.read(3)).toBeUndefined()
  })

  it('gives as many as were asked for, also after fewer were, and no more than the ring holds', () => {
    const numbers = Array.from({ length: 100 }, (_, i) => i)
    const ring = ringOf(numbers, 10 * (8 + layout.stride))
    expect(numbersIn(ring.read(2))).toEqual([0, 1])
    expect(numbersIn(ring.read(4))).toEqual([2, 3, 4, 5])
    expect(numbersIn(ring.read(1))).toEqual([6])
    expect(numbersIn(ring.read(50))).toHaveLength(10)
  })

  it('tells how many were passed by, each time', () => {
    const ring = ringOf([-1, 7, -1])
    expect([numbersIn(ring.read(5)), ring.malformed]).toEqual([[7], 2])
    expect([ring.read(5), ring.malformed]).toEqual([undefined, 0])
  })
})
