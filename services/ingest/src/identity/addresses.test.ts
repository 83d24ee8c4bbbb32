import { describe, expect, it } from 'vitest'
import { addressKey, formatAddress } from '../address/address.js'
import { CidrTable } from '../cidrs/table.js'
import { type Address, Realms } from './addresses.js'

/** Bytes of addresses of both families, all different. */
function addresses(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 * count)
  for (let i = 0; i < count; i++) {
    const at = 16 * i
    if (i % 2 === 0) bytes.set([0xff, 0xff, 10, i >> 16, i >> 8, i], at + 10)
    else bytes.set([0xfd, i >> 8, i, 0, 0, 0, 0, i % 7, 0, 0, 0, 0, 0, 0, i % 3, 1], at)
  }
  return bytes
}

function column(realms: Realms, realm: string, bytes: Uint8Array): Address[] {
  const out: Address[] = []
  realms.of(realm).column(bytes, bytes.length / 16, out)
  return out
}

describe('addresses of a realm', () => {
  it('are the same object each time, and say their own text and key', () => {
    const bytes = addresses(5000)
    const realms = new Realms(new CidrTable())
    const all = column(realms, 'r', bytes)
    expect(new Set(all).size).toBe(5000)
    expect(new Set(all.map(({ number }) => number)).size).toBe(5000)
    for (const [i, address] of all.entries()) {
      expect(address.text).toBe(formatAddress(bytes, 16 * i))
      expect(address.key).toBe(addressKey(bytes, 16 * i))
    }
    const again = column(realms, 'r', bytes)
    expect(again.every((address, i) => address === all[i])).toBe(true)
    expect(column(realms, 'another', bytes).some((address, i) => address === all[i])).toBe(false)
  })

  it('are read from a column at any place in memory', () => {
    const bytes = addresses(40)
    const realms = new Realms(new CidrTable())
    const all = column(realms, 'r', bytes)
    for (const shift of [1, 2, 8]) {
      const shifted = new Uint8Array(bytes.length + shift)
      shifted.set(bytes, shift)
      expect(column(realms, 'r', shifted.subarray(shift))).toEqual(all)
    }
  })

  it('are forgotten once there are too many, and then known anew', () => {
    const bytes = addresses(100)
    const realms = new Realms(new CidrTable(), 50)
    const all = column(realms, 'r', bytes)
    expect(all.map(({ text }) => text)).toEqual(column(new Realms(new CidrTable()), 'r', bytes).map(({ text }) => text))
    const again = column(realms, 'r', bytes)
    expect(again.some((address, i) => address === all[i])).toBe(false)
    expect(again.map(({ text }) => text)).toEqual(all.map(({ text }) => text))
  })
})
