import { increase, increase16, increase32, type RecordCounters } from './counters.js'
import type { FlowBlock } from './flow-block.js'
import { TWO_32, type U8, type U16, type U32, type U64, type WordField } from './record-view.js'

/*
 * One column of a block of rows each, from a field of their records. A function is called with one type of array for each parameter alone, so
 * that V8 compiles it to a plain loop. The fields of one record lie at fixed places: `base` tells where it begins, in words.
 */

export function copy32({ length, firstRow, base }: FlowBlock, to: Uint32Array, { array, first }: U32): void {
  for (let r = 0; r < length; r++) to[firstRow + r] = array[first + base[r]!]!
}

export function zeros32({ length, firstRow }: FlowBlock, to: Uint32Array): void {
  for (let r = 0; r < length; r++) to[firstRow + r] = 0
}

export function copy16({ length, firstRow, base }: FlowBlock, to: Uint16Array, { array, first }: U16): void {
  for (let r = 0; r < length; r++) to[firstRow + r] = array[first + base[r]! * 2]!
}

/** 1 where the field is not 0. */
export function some8({ length, firstRow, base }: FlowBlock, to: Uint8Array, { array, first }: U8): void {
  for (let r = 0; r < length; r++) to[firstRow + r] = array[first + base[r]! * 4]! > 0 ? 1 : 0
}

export function copy64({ length, firstRow, base }: FlowBlock, to: Uint32Array, { lo }: U64): void {
  const { array, first } = lo
  for (let r = 0; r < length; r++) {
    const row = (firstRow + r) * 2
    const from = first + base[r]!
    to[row] = array[from]!
    to[row + 1] = array[from + 1]!
  }
}

export function copyAddress({ length, firstRow, base }: FlowBlock, to: Uint32Array, { words, first }: WordField): void {
  for (let r = 0; r < length; r++) {
    const row = (firstRow + r) * 4
    const from = first + base[r]!
    to[row] = words[from]!
    to[row + 1] = words[from + 1]!
    to[row + 2] = words[from + 2]!
    to[row + 3] = words[from + 3]!
  }
}

/** Whole numbers up to 2^53 as 64-bit ones. */
export function wholes({ length, firstRow }: FlowBlock, to: Uint32Array, values: Float64Array): void {
  for (let r = 0; r < length; r++) {
    const value = values[r]!
    const row = (firstRow + r) * 2
    to[row] = value
    to[row + 1] = value / TWO_32
  }
}

/** What a row is more than its connection's last one, which it then is itself. Entry SCRATCH stays as it is: nothing comes after its row. */
export function increases32(
  { length, entry, base }: FlowBlock,
  to: Uint32Array,
  at: number,
  { array, first }: U32,
  last: Uint32Array,
  counters: RecordCounters,
): void {
  for (let r = 0; r < length; r++) {
    const e = entry[r]!
    const now = array[first + base[r]!]!
    to[at + r] = increase32(now, last[e]!, counters)
    if (e !== 0) last[e] = now
  }
}

export function increases16(
  { length, entry, base, firstRow }: FlowBlock,
  to: Uint32Array,
  { array, first }: U32,
  last: Uint16Array,
  counters: RecordCounters,
): void {
  for (let r = 0; r < length; r++) {
    const e = entry[r]!
    const now = array[first + base[r]!]!
    to[firstRow + r] = increase16(now, last[e]!, counters)
    if (e !== 0) last[e] = now
  }
}

/** Of 64-bit counters, as numbers; `to` begins with the block's first row. */
export function increases64(
  { length, entry, base }: FlowBlock,
  to: Float64Array,
  { lo }: U64,
  last: Float64Array,
  counters: RecordCounters,
): void {
  const { array, first } = lo
  for (let r = 0; r < length; r++) {
    const e = entry[r]!
    const from = first + base[r]!
    const now = array[from]! + array[from + 1]! * TWO_32
    to[r] = increase(now, last[e]!, counters)
    if (e !== 0) last[e] = now
  }
}

/** Of times in us that are kept in whole ms, which wrap at 2^32. */
export function waits(
  { length, entry, base, firstRow }: FlowBlock,
  to: Uint32Array,
  { lo }: U64,
  last: Uint32Array,
  counters: RecordCounters,
): void {
  const { array, first } = lo
  for (let r = 0; r < length; r++) {
    const e = entry[r]!
    const from = first + base[r]!
    const high = array[from + 1]!
    const now = high === 0 ? (array[from]! / 1000) >>> 0 : Math.floor((array[from]! + high * TWO_32) / 1000) >>> 0
    const us = increase32(now, last[e]!, counters) * 1000
    const row = (firstRow + r) * 2
    to[row] = us
    to[row + 1] = us / TWO_32
    if (e !== 0) last[e] = now
  }
}
