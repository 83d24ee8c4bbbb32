import { flowsPartition } from '@headwater/store'
import { FUTURE_MS } from '../clock/clock.js'
import { numberAt, wordsOf } from '../columns/words.js'

export type TimeReason = 'from-the-future' | 'too-old'

/** Rows by what becomes of them: stored, by partition (Unix ms of its start), or put aside. */
export interface Split {
  partitions: Map<number, Int32Array>
  dead: Map<TimeReason, Int32Array>
}

/** First and last of some times, as Unix ms. */
export function spanOf(times: BigInt64Array): { from: number; to: number } {
  const words = wordsOf(times)
  let [from, to] = [Number(times[0]), Number(times[0])]
  for (let row = 0; row < times.length; row++) {
    const time = numberAt(words, row)
    if (time < from) from = time
    if (time > to) to = time
  }
  return { from, to }
}

const first = Int32Array.from({ length: 1 << 13 }, (_, i) => i)

/** 0, 1, 2, ...: shared, not to be written. */
export const ascending = (rows: number): Int32Array =>
  rows <= first.length ? first.subarray(0, rows) : Int32Array.from({ length: rows }, (_, i) => i)

/**
 * Splits rows by their time. A partition older than the retention would be dropped at the next merge, and one in the future would
 * stay for ever.
 */
export function splitByTime(time: BigInt64Array, now: number, retentionMs: number): Split {
  if (time.length > 0) {
    const { from, to } = spanOf(time)
    const one = flowsPartition(from)
    const isUsual = to <= now + FUTURE_MS && from >= now - retentionMs && flowsPartition(to) === one
    if (isUsual) return { partitions: new Map([[one, ascending(time.length)]]), dead: new Map() }
  }
  const partitions = new Map<number, number[]>()
  const dead = new Map<TimeReason, number[]>()
  const add = <K>(map: Map<K, number[]>, key: K, row: number) => {
    const rows = map.get(key)
    if (rows === undefined) map.set(key, [row])
    else rows.push(row)
  }
  for (let row = 0; row < time.length; row++) {
    const at = Number(time[row])
    if (at > now + FUTURE_MS) add(dead, 'from-the-future', row)
    else if (at < now - retentionMs) add(dead, 'too-old', row)
    else add(partitions, flowsPartition(at), row)
  }
  const frozen = <K>(map: Map<K, number[]>) => new Map(Array.from(map, ([key, rows]) => [key, Int32Array.from(rows)]))
  return { partitions: frozen(partitions), dead: frozen(dead) }
}
