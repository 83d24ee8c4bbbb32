import { type EndLabel, endLabels } from '@headwater/contracts'
import type { TimeRange } from '../time/range.js'
import { rollupEndLabels } from './labels.js'

const MINUTE = 60_000
/** Up to this length raw rows are read, whatever is asked. */
export const RAW_RANGE_MS = 3_600_000

const end = (column: string): EndLabel | undefined =>
  endLabels.find((l) => column === `client_${l}` || column === `server_${l}`)

/** End labels among column names such as client_service. */
export const endLabelsOf = (columns: Iterable<string>): Set<EndLabel> => {
  const found = new Set<EndLabel>()
  for (const column of columns) {
    const label = end(column)
    if (label !== undefined) found.add(label)
  }
  return found
}

/** Whether edges_1m has everything that is grouped by or filtered on. */
const inRollup = (columns: Iterable<string>): boolean =>
  [...columns].every((c) => c === 'transport' || c === 'server_port' || rollupEndLabels.includes(end(c) ?? 'address'))

/** Which parts of a range are read from where: whole minutes from edges_1m, what is left at both ends from flows. */
export interface Sources {
  raw: TimeRange[]
  rollup: TimeRange | undefined
}

/**
 * Raw rows for short ranges, and wherever the question needs what only they have; else the rollup, with the started
 * minutes at both ends from raw rows, so that both give the same answer for any range.
 * @param columns what is grouped by and filtered on, as client_NAME, server_NAME, transport
 * @param step for a series, ms: a multiple of a minute or raw
 */
export function chooseSources(range: TimeRange, columns: Iterable<string>, step = MINUTE): Sources {
  if (range.to - range.from <= RAW_RANGE_MS || step % MINUTE !== 0 || !inRollup(columns))
    return { raw: [range], rollup: undefined }
  const from = Math.ceil(range.from / MINUTE) * MINUTE
  const to = Math.floor(range.to / MINUTE) * MINUTE
  const raw = [
    { from: range.from, to: from },
    { from: to, to: range.to },
  ]
  return { raw: raw.filter((r) => r.from < r.to), rollup: { from, to } }
}
