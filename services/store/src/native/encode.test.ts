import type { Memory } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { encodeNative } from './encode.js'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('encodeNative', () => {
  it('writes counts, names and types, and no data for no rows', () => {
    const block = encodeNative([{ name: 'a', kind: 'u8', data: [new Uint8Array(0)] }], [0])
    expect(text(block)).toBe('\x01\x00\x01a\x05UInt8')
  })

  it('writes fixed-width columns as they lie in memory, also from a view into a larger buffer', () => {
    const larger = Uint16Array.from([9, 1, 2, 9])
    const block = encodeNative([{ name: 'a', kind: 'u16', data: [larger.subarray(1, 3)] }], [2])
    expect(text(block)).toBe('\x01\x02\x01a\x06UInt16\x01\x00\x02\x00')
  })

  it('writes a dictionary: version, flags with index width, keys, indices', () => {
    const data = { indices: Int32Array.from([1, 0, 1]), values: ['', 'é'] }
    const block = encodeNative([{ name: 's', kind: 'string', data: [data] }], [3])
    const u64 = (n: number) => `${String.fromCharCode(n & 255, n >> 8)}\0\0\0\0\0\0`
    expect(text(block)).toBe(
      `\x01\x03\x01s\x16LowCardinality(String)${u64(1)}${u64(0x600)}${u64(2)}\x00\x02\xc3\xa9${u64(3)}\x01\x00\x01`,
    )
  })

  it('refuses arrays of another length', () => {
    expect(() => encodeNative([{ name: 'a', kind: 'u8', data: [new Uint8Array(2)] }], [3])).toThrow(
      'column a has 2 rows, its part of the block 3',
    )
    expect(() => encodeNative([{ name: 'ip', kind: 'ip', data: [new Uint8Array(17)] }], [1])).toThrow('column ip')
  })

  it.each([[2], [-1]])('refuses index %d of a dictionary of two', (index) => {
    const data = { indices: Int32Array.from([0, index]), values: ['a', 'b'] }
    expect(() => encodeNative([{ name: 's', kind: 'string', data: [data] }], [2])).toThrow(
      `column s, row 1: index ${index} of 2 values`,
    )
  })

  it('says which row of the block has an index that is outside of the dictionary of its part', () => {
    const data = [
      { indices: Int32Array.from([1, 0]), values: ['a', 'b'] },
      { indices: Int32Array.from([0, 1]), values: ['b'] },
    ]
    expect(() => encodeNative([{ name: 's', kind: 'string', data }], [2, 2])).toThrow(
      'column s, row 3: index 1 of 1 values',
    )
  })

  it('refuses parts of another length, though there are as many rows in all', () => {
    const data = [new Uint8Array(1), new Uint8Array(3)]
    expect(() => encodeNative([{ name: 'a', kind: 'u8', data }], [2, 2])).toThrow('column a has 1 rows')
    expect(() => encodeNative([{ name: 'a', kind: 'u8', data: [new Uint8Array(2)] }], [2, 2])).toThrow('column a has 0')
  })

  it('makes room for a block once', () => {
    const taken: number[] = []
    const memory: Memory = {
      take: (type, length) => {
        if ((type as unknown) === Uint8Array) taken.push(length)
        return new type(length)
      },
    }
    const values = ['', 'x'.repeat(43), '€'.repeat(300), '😀', 'é'.repeat(42)]
    const strings = { indices: Int32Array.from({ length: 5 }, (_, i) => i), values }
    const lists = { offsets: Int32Array.from([0, 1, 1, 3, 3, 4]), bytes: new Uint8Array(64) }
    const block = encodeNative(
      [
        { name: 'täble', kind: 'string', data: [strings, strings] },
        { name: 'l', kind: 'ips', data: [lists, lists] },
        { name: 'i', kind: 'ip', data: [new Uint8Array(80), new Uint8Array(80)] },
      ],
      [5, 5],
      memory,
    )
    expect(taken).toHaveLength(1)
    expect(block.length).toBeLessThanOrEqual(taken[0] as number)
  })
})
