import { type EndLabel, endLabels } from '@headwater/contracts'
import type { TimeRange } from '../time/range.js'
import { split } from '../time/split.js'
import { rollupEndLabels } from './labels.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Up to this length raw rows are read, whatever is asked: beyond, planning a second source costs less than their number. */
export const RAW_RANGE_MS = 15 * MINUTE

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

/** Whether the rollups have everything that is grouped by or filtered on. */
const inRollups = (columns: Iterable<string>): boolean =>
  [...columns].every((c) => c === 'transport' || c === 'server_port' || rollupEndLabels.includes(end(c) ?? 'address'))

/** Which parts of a range are read from where: flows, edges_1m, edges_1h. No two of them meet. */
export interface Sources {
  raw: TimeRange[]
  minutes: TimeRange[]
  hours: TimeRange[]
}

/**
 * Raw rows for short ranges, and wherever the question needs what only they have. Else whole hours from the rollup of hours, the
 * minutes before and after them from that of minutes, and the started minutes at both ends from raw rows: all give the same answer.
 * @param columns what is grouped by and filtered on, as client_NAME, server_NAME, transport
 * @param step for a series, ms: a rollup serves multiples of its own
 */
export function chooseSources(range: TimeRange, columns: Iterable<string>, step = HOUR): Sources {
  if (range.to - range.from <= RAW_RANGE_MS || step % MINUTE !== 0 || !inRollups(columns))
    return { raw: [range], minutes: [], hours: [] }
  const [whole, raw] = split(range, MINUTE)
  const [hours, minutes] = step % HOUR === 0 ? split(whole as TimeRange, HOUR) : [undefined, [whole as TimeRange]]
  return { raw, minutes, hours: hours === undefined ? [] : [hours] }
}

/** Whether a rollup answers, which knows what ingest told and no more. */
export const isRolledUp = ({ minutes, hours }: Sources): boolean => minutes.length + hours.length > 0
