import { parseTime } from '@headwater/contracts'
import { badParameter } from '../http/problem.js'

/** Unix ms; `from` belongs to the range, `to` does not. */
export interface TimeRange {
  from: number
  to: number
}

/** 2100-01-01; later times do not fit the store's columns. */
const LATEST = 4_102_444_800_000

/** The range that a request asks for. @param prefix of the parameters' names @throws ProblemError 400 */
export function parseRange(request: { from: string; to: string }, now: number, prefix = ''): TimeRange {
  const read = (name: 'from' | 'to'): number => {
    const time = parseTime(request[name], now)
    if (time === undefined || time < 0 || time > LATEST)
      throw badParameter(
        `${prefix}${name}`,
        `${prefix}${name}: takes RFC 3339, epoch ms, now, or now-15m, from 1970 to 2100`,
      )
    return Math.floor(time)
  }
  const range = { from: read('from'), to: read('to') }
  if (range.from >= range.to)
    throw badParameter(
      `${prefix}from`,
      `${prefix}from (${new Date(range.from).toISOString()}) must be before ${prefix}to (${new Date(range.to).toISOString()})`,
    )
  return range
}
