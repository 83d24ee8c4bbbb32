import { type AddressKey, addressKey, formatAddress, isMapped, parseAddress } from '../address/address.js'

/** A range of addresses. `bits` counts within its family: 0 to 32 for IPv4, 0 to 128 for IPv6. */
export interface Cidr {
  family: 4 | 6
  /** Key of its first address. */
  key: AddressKey
  bits: number
  /** As it is printed. */
  text: string
}

/** The first `bits` bits of an address; the rest is 0. */
export function maskKey(key: AddressKey, bits: number): AddressKey {
  if (typeof key === 'number') return bits === 0 ? 0 : key - (key % 2 ** (32 - bits))
  const whole = bits >> 4
  if (whole === 8) return key
  const partial = key.charCodeAt(whole) & (0xffff << (16 - (bits & 15)))
  return key.slice(0, whole) + String.fromCharCode(partial) + '\0'.repeat(7 - whole)
}

function masked(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))))
}

/** The range that a text such as 10.0.0.0/8 or 2001:db8::/32 names, or what is wrong with it. */
export function parseCidr(text: string): Cidr | { problem: string } {
  const allowed = 'it takes an address and a prefix length, such as 10.0.0.0/8, 203.0.113.10/32 or 2001:db8::/32'
  const match = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text)
  const bytes = match?.[1] === undefined ? undefined : parseAddress(match[1])
  if (match === null || bytes === undefined) return { problem: `"${text}" is no range of addresses; ${allowed}` }
  // Written as ::ffff:10.0.0.0/104, it is the IPv4 range all the same.
  const dotted = !match[1]?.includes(':')
  const length = Number(match[2])
  if (length > (dotted ? 32 : 128))
    return { problem: `"${text}" has a prefix length above ${dotted ? 32 : 128}; ${allowed}` }
  const inBytes = dotted ? length + 96 : length
  const first = masked(bytes, inBytes)
  const family = isMapped(first, 0) && inBytes >= 96 ? 4 : 6
  const bits = family === 4 ? inBytes - 96 : inBytes
  const right = `${formatAddress(first)}/${bits}`
  if (first.some((byte, i) => byte !== bytes[i]))
    return { problem: `"${text}" has bits set behind its prefix; it takes the range's first address: ${right}` }
  return { family, key: addressKey(first), bits, text: right }
}
