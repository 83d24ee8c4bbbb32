import { describe, expect, it } from 'vitest'
import { encodeNative } from './encode.js'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('encodeNative', () => {
  it('writes counts, names and types, and no data for no rows', () => {
    const block = encodeNative([{ name: 'a', kind: 'u8', data: new Uint8Array(0) }], 0)
    expect(text(block)).toBe('\x01\x00\x01a\x05UInt8')
  })

  it('writes fixed-width columns as they lie in memory, also from a view into a larger buffer', () => {
    const larger = Uint16Array.from([9, 1, 2, 9])
    const block = encodeNative([{ name: 'a', kind: 'u16', data: larger.subarray(1, 3) }], 2)
    expect(text(block)).toBe('\x01\x02\x01a\x06UInt16\x01\x00\x02\x00')
  })

  it('writes a dictionary: version, flags with index width, keys, indices', () => {
    const data = { indices: Int32Array.from([1, 0, 1]), values: ['', 'é'] }
    const block = encodeNative([{ name: 's', kind: 'string', data }], 3)
    const u64 = (n: number) => `${String.fromCharCode(n & 255, n >> 8)}\0\0\0\0\0\0`
    expect(text(block)).toBe(
      `\x01\x03\x01s\x16LowCardinality(String)${u64(1)}${u64(0x600)}${u64(2)}\x00\x02\xc3\xa9${u64(3)}\x01\x00\x01`,
    )
  })

  it('refuses arrays of another length', () => {
    expect(() => encodeNative([{ name: 'a', kind: 'u8', data: new Uint8Array(2) }], 3)).toThrow(
      'column a has 2 rows, the block 3',
    )
    expect(() => encodeNative([{ name: 'ip', kind: 'ip', data: new Uint8Array(17) }], 1)).toThrow('column ip')
  })

  it.each([[2], [-1]])('refuses index %d of a dictionary of two', (index) => {
    const data = { indices: Int32Array.from([0, index]), values: ['a', 'b'] }
    expect(() => encodeNative([{ name: 's', kind: 'string', data }], 2)).toThrow(
      `column s, row 1: index ${index} of 2 values`,
    )
  })
})
