import type { TimeRange } from '../time/range.js'
import type { Database } from './database.js'
import { labelsOf, OPEN_WINDOW_MS, type RowsQuery, sourcesOf } from './edge-rows.js'
import { ownLabels } from './labels.js'
import { bothEndsStatement } from './rows.js'
import { isRolledUp } from './source.js'
import type { Statement } from './statement.js'

/** Up to this length it is asked first whether far ends' own rows name anything. */
const NAMING_RANGE_MS = 2 * 3_600_000

/** Gives a row where far ends' own rows can name something in raw rows of the range; undefined where that is not worth asking. */
export function namingStatement({ from, to }: TimeRange): Statement | undefined {
  if (to - from > NAMING_RANGE_MS) return undefined
  return bothEndsStatement({ from: Math.min(from, to - OPEN_WINDOW_MS), to })
}

/** Whether to look for names in far ends' own rows. Beside a rollup nothing is named beyond what it knows. */
export async function namesFarEnds(database: Database, query: RowsQuery): Promise<boolean> {
  if (isRolledUp(sourcesOf(query)) || ![...labelsOf(query)].some((label) => ownLabels.includes(label))) return false
  const statement = namingStatement(query.range)
  return statement === undefined || (await database.rows(statement)).length > 0
}
