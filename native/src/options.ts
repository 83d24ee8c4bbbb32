import type { ProbeOptions } from './types.js'

export interface CheckedOptions {
  slots: number
  ringBytes: number
  maxListeners: number
  keepAliveMs: number
  /** Empty: all. */
  namespaces: readonly string[]
}

/** 128 bytes each: 16 MiB. A slot is taken over after so many further sockets, long after a walk has told of its owner. */
const DEFAULT_SLOTS = 131_072
/**
 * Rate x period x 4: 40,000 records a second of 256 bytes (with the ring's header) and a reader that comes each 20 ms, but may be
 * held up for 100 ms, fill 1 MiB; four times that leaves the walk its half of the ring.
 */
const DEFAULT_RING_BYTES = 4 * 1024 * 1024
const DEFAULT_MAX_LISTENERS = 4096
const DEFAULT_KEEP_ALIVE_MS = 60_000
/** Each holds a file open. */
const MAX_NAMESPACES = 1024

/** Fills in defaults; throws RangeError that names the option, its value and what is allowed. */
export function checkOptions(options: ProbeOptions): CheckedOptions {
  return {
    slots: powerOfTwo('slots', options.slots ?? DEFAULT_SLOTS, 64, 2 ** 24),
    ringBytes: powerOfTwo('ringBytes', options.ringBytes ?? DEFAULT_RING_BYTES, 65_536, 2 ** 30),
    maxListeners: within('maxListeners', options.maxListeners ?? DEFAULT_MAX_LISTENERS, 1, 2 ** 20),
    keepAliveMs: within('keepAliveMs', options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS, 1, 86_400_000),
    namespaces: absolutePaths('namespaces', options.namespaces),
  }
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
