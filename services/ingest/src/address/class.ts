import { isMapped } from './address.js'

/** What an address is by its range alone. `unspecified`: 0.0.0.0 and ::, of attempts that never got an address. */
export type AddressClass = 'loopback' | 'private' | 'multicast' | 'internet' | 'unspecified'

function classOfV4(a: number, b: number, rest: number): AddressClass {
  if (a === 127) return 'loopback'
  if (a === 0 && b === 0 && rest === 0) return 'unspecified'
  if (a >= 224 && a < 240) return 'multicast'
  const rfc1918 = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)
  const rfc6598 = a === 100 && b >= 64 && b < 128
  const linkLocal = a === 169 && b === 254
  return rfc1918 || rfc6598 || linkLocal ? 'private' : 'internet'
}

/**
 * Class of the 16 bytes at `at`: loopback (RFC 1122, 4291), private (RFC 1918, RFC 6598, ULA of RFC 4193, link-local of RFC 3927
 * and 4291), multicast (RFC 5771, 4291), else internet.
 */
export function classOf(bytes: Uint8Array, at = 0): AddressClass {
  const [a, b] = [bytes[at] as number, bytes[at + 1] as number]
  if (isMapped(bytes, at)) {
    const rest = ((bytes[at + 14] as number) << 8) | (bytes[at + 15] as number)
    return classOfV4(bytes[at + 12] as number, bytes[at + 13] as number, rest)
  }
  if (a === 0xff) return 'multicast'
  if ((a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80)) return 'private'
  for (let i = at; i < at + 15; i++) if (bytes[i] !== 0) return 'internet'
  const last = bytes[at + 15]
  return last === 1 ? 'loopback' : last === 0 ? 'unspecified' : 'internet'
}
