import { mix } from './connection-id.js'

const SEEDS = [0x9e3779b9, 0x7f4a7c15] as const
const LOOPBACK_V4 = 0x7f

/** One end of a conversation: its address in four 32-bit words, network order in memory, and its port. */
export interface ConversationEnd {
  words: Uint32Array
  at: number
  port: number
}

function hash(seed: number, { words, at, port }: ConversationEnd): number {
  let h = mix(seed ^ port)
  for (let w = 0; w < 4; w++) h = mix((Math.imul(h, 5) + 0xe6546b64) ^ words[at + w]!)
  return h
}

const isMapped = ({ words, at }: ConversationEnd): boolean =>
  words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff0000

/** 127.0.0.0/8 or ::1: an address of its network namespace alone. */
export function isLoopback(end: ConversationEnd): boolean {
  const { words, at } = end
  if (isMapped(end)) return (words[at + 3]! & 0xff) === LOOPBACK_V4
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0 && words[at + 3] === 0x01000000
}

/** A number of a text, for `scope`. */
export function scopeOf(text: string): number {
  let h = 0
  for (let i = 0; i < text.length; i++) h = mix((h * 31 + text.charCodeAt(i)) | 0)
  return h
}

/**
 * Writes an id that both ends of a UDP conversation come to, low word first: datagrams carry no sequence numbers, so it is made of both
 * addresses and ports, in whatever order, and of the scope in which they are unique. Where an address is translated between the ends
 * their ids differ, and each names the other by its address. Never 0.
 */
export function writeConversationId(
  ids: Uint32Array,
  to: number,
  one: ConversationEnd,
  other: ConversationEnd,
  scope: number,
): void {
  for (let w = 0; w < 2; w++) {
    const seed = mix(scope ^ SEEDS[w]!)
    // Sum and mix: the order of the ends must not matter.
    ids[to + w] = mix(((hash(seed, one) + hash(seed, other)) | 0) ^ seed)
  }
  if (ids[to] === 0 && ids[to + 1] === 0) ids[to] = 1
}
