import { isIPv4, isIPv6 } from 'node:net'

/** 16 bytes in network order as a Map key: the 32 bits of an IPv4 address as a number, an IPv6 address as 8 UTF-16 units. */
export type AddressKey = number | string

/** Whether the 16 bytes at `at` are an IPv4 address (::ffff:a.b.c.d). */
export function isMapped(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 10] !== 0xff || bytes[at + 11] !== 0xff) return false
  for (let i = at; i < at + 10; i++) if (bytes[i] !== 0) return false
  return true
}

const unit = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)

export function addressKey(bytes: Uint8Array, at = 0): AddressKey {
  if (isMapped(bytes, at)) return unit(bytes, at + 12) * 0x10000 + unit(bytes, at + 14)
  return String.fromCharCode(
    unit(bytes, at),
    unit(bytes, at + 2),
    unit(bytes, at + 4),
    unit(bytes, at + 6),
    unit(bytes, at + 8),
    unit(bytes, at + 10),
    unit(bytes, at + 12),
    unit(bytes, at + 14),
  )
}

/** The key of `::`, on which a listener takes connections to every address. */
export const ANY_V6: AddressKey = '\0'.repeat(8)
/** The key of 0.0.0.0, the same for IPv4. */
export const ANY_V4: AddressKey = 0

/** Compares 16 bytes each, in network order: negative, 0 or positive. */
export function compareAddresses(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  for (let i = 0; i < 16; i++) {
    const difference = (a[aAt + i] as number) - (b[bAt + i] as number)
    if (difference !== 0) return difference
  }
  return 0
}

/** Text as RFC 5952 has it, IPv4 dotted. */
export function formatAddress(bytes: Uint8Array, at = 0): string {
  if (isMapped(bytes, at)) return bytes.subarray(at + 12, at + 16).join('.')
  const units = Array.from({ length: 8 }, (_, i) => unit(bytes, at + 2 * i))
  let best = { from: 0, length: 0 }
  for (let from = 0; from < 8; from++) {
    let length = 0
    while (from + length < 8 && units[from + length] === 0) length++
    if (length > best.length) best = { from, length }
  }
  const hex = (part: number[]) => part.map((u) => u.toString(16)).join(':')
  if (best.length < 2) return hex(units)
  return `${hex(units.slice(0, best.from))}::${hex(units.slice(best.from + best.length))}`
}

/** Text of a key, as `formatAddress` writes it. */
export function textOf(key: AddressKey): string {
  const bytes = new Uint8Array(16)
  if (typeof key === 'number') bytes.set([0xff, 0xff, key >>> 24, key >>> 16, key >>> 8, key], 10)
  else for (let i = 0; i < 8; i++) bytes.set([key.charCodeAt(i) >> 8, key.charCodeAt(i)], 2 * i)
  return formatAddress(bytes)
}

/** 16 bytes of an address in text, or undefined where it is none. A zone (%eth0) is left out. */
export function parseAddress(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16)
  const bare = text.replace(/%.*$/, '')
  if (isIPv4(bare)) {
    bytes.set([0xff, 0xff, ...bare.split('.').map(Number)], 10)
    return bytes
  }
  if (!isIPv6(bare)) return undefined
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(bare)
  const [prefix, a, b, c, d] = dotted === null ? [bare] : [dotted[1], ...dotted.slice(2).map(Number)]
  const tail =
    dotted === null
      ? ''
      : [((a as number) << 8) | (b as number), ((c as number) << 8) | (d as number)]
          .map((u) => u.toString(16))
          .join(':')
  const [left = '', right] = `${prefix}${tail}`.split('::')
  const units = (part: string) => (part === '' ? [] : part.split(':').map((u) => Number.parseInt(u, 16)))
  const head = units(left)
  const end = right === undefined ? [] : units(right)
  const all = [...head, ...Array<number>(8 - head.length - end.length).fill(0), ...end]
  for (const [i, value] of all.entries()) bytes.set([value >> 8, value & 0xff], 2 * i)
  return bytes
}
