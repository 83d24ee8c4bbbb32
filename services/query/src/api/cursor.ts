import { z } from 'zod'
import { badParameter } from '../http/problem.js'
import type { FlowPosition } from '../sql/flows.js'
import type { TimeRange } from '../time/range.js'

const ms = z.number().int().nonnegative().max(8_640_000_000_000_000)
const uint64 = z
  .string()
  .regex(/^\d{1,20}$/)
  .refine((text) => BigInt(text) < 2n ** 64n)
const schema = z.tuple([ms, ms, ms, uint64, uint64])

/** A page's end and the range it belongs to: `now` moves on between pages, their range must not. */
export interface Cursor {
  range: TimeRange
  after: FlowPosition
}

export const writeCursor = ({ range, after }: Cursor): string =>
  Buffer.from(JSON.stringify([range.from, range.to, after.time, after.cookie, after.hash])).toString('base64url')

/** @throws ProblemError 400 */
export function readCursor(text: string): Cursor {
  try {
    const [from, to, time, cookie, hash] = schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    if (from < to) return { range: { from, to }, after: { time, cookie, hash } }
  } catch (error) {
    throw badParameter('cursor', 'cursor: takes what the page before gave as "cursor", or nothing', error)
  }
  throw badParameter('cursor', 'cursor: takes what the page before gave as "cursor", or nothing')
}
