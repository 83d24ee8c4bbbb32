import { canAlert } from '../../../model/columns.ts'
import type { QueryType } from '../../../model/query.ts'
import { DataError } from '../api/errors.ts'
import type { Frame } from '../frames/frame.ts'
import type { Ask } from './ask.ts'
import { changes } from './changes.ts'
import { cost } from './cost.ts'
import { dns } from './dns.ts'
import { edges } from './edges.ts'
import { flows } from './flows.ts'
import { map } from './map.ts'
import { completeness, nodes } from './nodes.ts'
import { series } from './series.ts'
import { services } from './services.ts'

const queries: Record<QueryType, (ask: Ask) => Promise<Frame[]>> = {
  map,
  services,
  edges,
  series,
  flows,
  dns,
  cost,
  nodes,
  completeness,
  changes,
}

/** Frames of one query. @throws DataError */
export function runQuery(ask: Ask): Promise<Frame[]> {
  const { query, range, alert } = ask
  if (range.to <= range.from)
    throw new DataError('request', 'The time range is empty: choose one whose end is after its start.', {
      parameter: 'from',
    })
  if ((alert || query.format === 'long') && !canAlert(query.queryType))
    throw new DataError(
      'request',
      `${query.queryType} is a list of what happened, and an alert rule takes numbers: choose series, edges, services, nodes, cost or completeness.`,
    )
  return queries[query.queryType](ask)
}
