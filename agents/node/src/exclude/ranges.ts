import { type AddressWords, isMapped, parseAddress } from '../endpoints/address.js'

/** An address range as words that are compared under a mask. */
export interface Range {
  words: AddressWords
  mask: AddressWords
}

export interface PortRange {
  first: number
  last: number
}

const ALL = 128
/** Of IPv4, which is stored as mapped. */
const MAPPED_BITS = 96
const MAX_PORT = 65_535

/** A word of so many leading one bits, as a little-endian machine reads it from network order. */
function maskWord(bits: number): number {
  const big = bits <= 0 ? 0 : bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0
  return (((big & 0xff) << 24) | ((big & 0xff00) << 8) | ((big >>> 8) & 0xff00) | (big >>> 24)) >>> 0
}

/** An IPv6 address that ends as IPv4 does, all in groups: ::ffff:10.0.0.1. */
function withoutDots(address: string): string {
  const [, head, ...bytes] = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address) ?? []
  if (head === undefined || bytes.some((b) => Number(b) > 255)) return address
  const group = (high: string | undefined, low: string | undefined) => (Number(high) * 256 + Number(low)).toString(16)
  return `${head}${group(bytes[0], bytes[1])}:${group(bytes[2], bytes[3])}`
}

/** `10.0.0.0/8`, `fd00::/8`, or an address alone; undefined where the text is neither. */
export function parseRange(text: string): Range | undefined {
  const [, address = '', length] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const words = parseAddress(withoutDots(address))
  if (words === undefined) return undefined
  // ::ffff:10.0.0.0/104 is written with the bits of IPv6.
  const v4 = isMapped(words) && !address.includes(':')
  const most = v4 ? ALL - MAPPED_BITS : ALL
  const bits = length === undefined ? most : Number(length)
  if (bits > most) return undefined
  const whole = v4 ? bits + MAPPED_BITS : bits
  const mask = [0, 32, 64, 96].map((from) => maskWord(whole - from)) as unknown as AddressWords
  return { words: words.map((w, i) => (w & mask[i as 0]) >>> 0) as unknown as AddressWords, mask }
}

/** `443` or `8000-8100`; undefined where the text is neither. */
export function parsePorts(text: string): PortRange | undefined {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  const [first, last] = [Number(from), Number(to)]
  return first >= 1 && first <= last && last <= MAX_PORT ? { first, last } : undefined
}

/** Is the address whose four words begin at `at` in the range? */
export function holds({ words, mask }: Range, address: Uint32Array, at: number): boolean {
  for (let w = 0; w < 4; w++) if ((address[at + w]! & mask[w as 0]) >>> 0 !== words[w as 0]) return false
  return true
}
