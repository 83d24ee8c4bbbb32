import type { ProbeOptions } from './types.js'

/** Sets of programs, each a part of the next; the addon takes the place in this list. */
export const profiles = ['tcp', 'standard', 'full'] as const
export type Profile = (typeof profiles)[number]

export interface CheckedOptions {
  profile: number
  slots: number
  ringBytes: number
  maxListeners: number
  keepAliveMs: number
  maxConversations: number
  conversationIdleMs: number
  dns: boolean
  dnsRingBytes: number
  /** Empty: all. */
  namespaces: readonly string[]
}

/** 136 bytes each: 17 MiB. Enough for as many live sockets as a quarter of it: few of these lose theirs (bpf/README.md, "Memory"). */
const DEFAULT_SLOTS = 131_072
/**
 * Rate x period x 4: 40,000 records a second of 312 bytes (with the ring's header) and a reader that comes each 50 ms, but may be
 * held up for 100 ms, fill 1.2 MiB; three times that leaves the walk its half of the ring.
 */
const DEFAULT_RING_BYTES = 4 * 1024 * 1024
const DEFAULT_MAX_LISTENERS = 4096
const DEFAULT_KEEP_ALIVE_MS = 60_000
/** About 260 bytes each: 8 MiB. */
const DEFAULT_MAX_CONVERSATIONS = 32_768
const DEFAULT_CONVERSATION_IDLE_MS = 60_000
/** 1,500 messages of 664 bytes: 15,000 a second where the reader comes each 100 ms. */
const DEFAULT_DNS_RING_BYTES = 1024 * 1024
/** Each holds a file open. */
const MAX_NAMESPACES = 1024

/** Fills in defaults; throws RangeError that names the option, its value and what is allowed. */
export function checkOptions(options: ProbeOptions): CheckedOptions {
  return {
    profile: profileNumber(options.profile ?? 'standard'),
    slots: powerOfTwo('slots', options.slots ?? DEFAULT_SLOTS, 64, 2 ** 24),
    ringBytes: powerOfTwo('ringBytes', options.ringBytes ?? DEFAULT_RING_BYTES, 65_536, 2 ** 30),
    maxListeners: within('maxListeners', options.maxListeners ?? DEFAULT_MAX_LISTENERS, 1, 2 ** 20),
    keepAliveMs: within('keepAliveMs', options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS, 1, 86_400_000),
    maxConversations: within('maxConversations', options.maxConversations ?? DEFAULT_MAX_CONVERSATIONS, 1, 2 ** 22),
    conversationIdleMs: within(
      'conversationIdleMs',
      options.conversationIdleMs ?? DEFAULT_CONVERSATION_IDLE_MS,
      1,
      300_000,
    ),
    dns: options.dns ?? true,
    dnsRingBytes: powerOfTwo('dnsRingBytes', options.dnsRingBytes ?? DEFAULT_DNS_RING_BYTES, 65_536, 2 ** 30),
    namespaces: absolutePaths('namespaces', options.namespaces),
  }
}

function profileNumber(profile: string): number {
  const number = profiles.indexOf(profile as Profile)
  if (number < 0) throw new RangeError(`profile is ${JSON.stringify(profile)}; allowed are ${profiles.join(', ')}`)
  return number
}

function within(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} is ${value}; allowed are whole numbers from ${least} to ${most}`)
  }
  return value
}

function absolutePaths(name: string, paths: readonly string[] | undefined): readonly string[] {
  if (paths === undefined) return []
  if (paths.length === 0) throw new RangeError(`${name} is empty; leave it out to observe all`)
  if (paths.length > MAX_NAMESPACES) {
    throw new RangeError(`${name} has ${paths.length} entries; allowed are at most ${MAX_NAMESPACES}`)
  }
  const bad = paths.find((path) => !path.startsWith('/') || path.includes('\0'))
  if (bad !== undefined) throw new RangeError(`${name} has ${JSON.stringify(bad)}; allowed are absolute paths`)
  return [...paths]
}

function powerOfTwo(name: string, value: number, least: number, most: number): number {
  within(name, value, least, most)
  if ((value & (value - 1)) !== 0) throw new RangeError(`${name} is ${value}; it must be a power of two`)
  return value
}
