import { expect, test } from 'vitest'
import { formatAddress, isLinkLocal, isLoopback, isMapped, isWildcard, parseAddress } from './address.js'
import { AddressSet } from './address-set.js'

const words = (text: string) => parseAddress(text)!

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '0.0.0.0',
  '255.255.255.255',
  '::',
  '::1',
  '2001:db8::1',
  '2001:db8:0:1:1:1:1:1',
  '2001:0:0:1::1',
  'fe80::a:b:c:d',
  '1:2:3:4:5:6:7:8',
  'ff02::',
])('%s comes back as it was', (text) => {
  expect(formatAddress(words(text))).toBe(text)
})

test('kinds of addresses', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', '10.0.0.1', '::2'].map((t) => isLoopback(words(t)))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  expect(['0.0.0.0', '::', '0.0.0.1', '::1'].map((t) => isWildcard(words(t)))).toEqual([true, true, false, false])
  expect(['169.254.1.1', 'fe80::1', 'febf::1', 'fec0::1', '169.253.1.1'].map((t) => isLinkLocal(words(t)))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  expect([isMapped(words('1.2.3.4')), isMapped(words('::102:304'))]).toEqual([true, false])
})

test.each(['', 'localhost', '1.2.3', '1.2.3.256', '1::2::3', '1:2:3', '12345::', ':::'])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined()
})

test('the set tells namespaces and addresses apart and is bounded', () => {
  const set = new AddressSet(64)
  const added = Array.from({ length: 100 }, (_, i) => set.add(i % 3, 0, 0, 0xffff0000, i))
  expect(added.filter(Boolean)).toHaveLength(64)
  expect(set.add(0, 0, 0, 0xffff0000, 0)).toBe(false)
  expect(set.has(0, 0, 0, 0xffff0000, 0)).toBe(true)
  expect(set.has(1, 0, 0, 0xffff0000, 0)).toBe(false)
})
