import { describe, expect, it } from 'vitest'
import { ANY_V4, ANY_V6, addressKey, compareAddresses, formatAddress, parseAddress } from './address.js'
import { classOf } from './class.js'

const bytes = (text: string): Uint8Array => parseAddress(text) ?? expect.unreachable(text)

describe('addresses', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0:0:1:0:0:0', '2001:db8:0:0:1::'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is read, and written as %s', (text, written) => {
    expect(formatAddress(bytes(text))).toBe(written)
  })

  it.each(['', '10.1.2', '10.1.2.256', 'x', '1:2:3', '::1::'])('%s is none', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  it('tells addresses apart by their keys, wherever their bytes lie', () => {
    const texts = ['10.1.2.3', '::10.1.2.3', '::ffff:0:10.1.2.3', '2001:db8::1', '2001:db8::2', '0.0.0.0', '::']
    expect(new Set(texts.map((t) => addressKey(bytes(t)))).size).toBe(texts.length)
    const both = new Uint8Array(32)
    both.set(bytes('10.1.2.3'), 16)
    expect(addressKey(both, 16)).toBe(addressKey(bytes('10.1.2.3')))
    expect([addressKey(bytes('0.0.0.0')), addressKey(bytes('::'))]).toEqual([ANY_V4, ANY_V6])
  })

  it('orders by network order', () => {
    const order = (a: string, b: string) => Math.sign(compareAddresses(bytes(a), 0, bytes(b), 0))
    expect([order('10.0.0.1', '10.0.0.2'), order('10.0.1.0', '10.0.0.255'), order('::1', '::1')]).toEqual([-1, 1, 0])
  })

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.8.9.10', 'loopback'],
    ['::1', 'loopback'],
    ['10.0.0.0', 'private'],
    ['172.15.255.255', 'internet'],
    ['172.16.0.0', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'internet'],
    ['192.168.255.255', 'private'],
    ['192.169.0.0', 'internet'],
    ['100.63.255.255', 'internet'],
    ['100.64.0.0', 'private'],
    ['100.127.255.255', 'private'],
    ['100.128.0.0', 'internet'],
    ['169.254.1.1', 'private'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['fe00::1', 'internet'],
    ['fe80::1', 'private'],
    ['febf::1', 'private'],
    ['fec0::1', 'internet'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'internet'],
    ['ff02::1', 'multicast'],
    ['8.8.8.8', 'internet'],
    ['0.0.0.1', 'internet'],
    ['2001:db8::1', 'internet'],
    ['::2', 'internet'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
  ])('%s is of class %s', (text, kind) => {
    expect(classOf(bytes(text))).toBe(kind)
    const later = new Uint8Array(48)
    later.set(bytes(text), 32)
    expect(classOf(later, 32)).toBe(kind)
  })
})
