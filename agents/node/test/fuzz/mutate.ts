import type { Random } from './random.js'

/** Bytes that mean something to a reader of DNS or of lengths: ends, pointers, reserved labels, the ends of a range. */
const TELLING = [0, 1, 12, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xff]

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array

const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const changed = (bytes: Uint8Array, random: Random, change: (at: number) => number): Uint8Array => {
  const copy = bytes.slice()
  const at = random.below(copy.length)
  copy[at] = change(at)
  return copy
}

const bitFlip: Mutation = (bytes, random) => changed(bytes, random, (at) => bytes[at]! ^ (1 << random.below(8)))
const anyByte: Mutation = (bytes, random) => changed(bytes, random, () => random.below(256))
const tellingByte: Mutation = (bytes, random) => changed(bytes, random, () => random.of(TELLING))
const cut: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1))
const longer: Mutation = (bytes, random) => joined(bytes, random.bytes(1 + random.below(64)))
const pieceTwice: Mutation = (bytes, random) => {
  const from = random.below(bytes.length)
  const to = from + 1 + random.below(bytes.length - from)
  return joined(bytes.subarray(0, to), bytes.subarray(from))
}
const pieceLost: Mutation = (bytes, random) => {
  const from = random.below(bytes.length)
  return joined(bytes.subarray(0, from), bytes.subarray(from + random.below(8)))
}
/** A pointer of DNS to anywhere, also to itself and ahead. */
const pointer: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  const at = random.below(copy.length)
  const target = random.of([at, Math.max(0, at - 2), at + 2, random.below(copy.length), random.below(0x4000)])
  copy.set([0xc0 | ((target >> 8) & 0x3f), target & 0xff].slice(0, copy.length - at), at)
  return copy
}
/** One of the header's counts: questions, answers, authorities, additionals. */
const count: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  if (copy.length >= 12) copy.set([random.of([0, 0, 1, 255]), random.of(TELLING)], 4 + 2 * random.below(4))
  return copy
}

const mutations = [bitFlip, bitFlip, anyByte, tellingByte, cut, longer, pieceTwice, pieceLost, pointer, pointer, count]

/** One to four faults in sound bytes, none longer than `most`. */
export function mutated(sound: Uint8Array, random: Random, most: number): Uint8Array {
  let bytes = sound
  for (let faults = 1 + random.below(4); faults > 0 && bytes.length > 0; faults--)
    bytes = random.of(mutations)(bytes, random)
  return bytes.length > most ? bytes.slice(0, most) : bytes
}
