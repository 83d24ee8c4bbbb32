import type { EndLabel } from '@headwater/contracts'
import type { TimeRange } from '../time/range.js'
import { endColumn, ends } from './labels.js'
import type { Measure } from './measures.js'
import type { Params } from './params.js'

interface RollupOptions {
  range: TimeRange
  self: boolean
  labels: ReadonlySet<EndLabel>
  where: string
  sums: readonly Measure[]
  /** Further expressions over the labels and facts. */
  columns: readonly string[]
}

const labelColumn = (column: string): string => {
  if (column === 'server_port') return 'toString(e.server_port) AS server_port'
  // Only asked for beside the server's; a client's port is in no rollup, and no question that needs it comes here.
  if (column === 'client_port') return "'' AS client_port"
  return `toString(e.${column}) AS ${column}`
}

/** Whole minutes of edges_1m in the shape of edge rows. Between peers either end may have told. */
export function rollupRows({ range, self, labels, where, sums, columns }: RollupOptions, params: Params): string {
  const given = [...labels].flatMap((l) => ends.map((e) => labelColumn(endColumn(e, l))))
  const facts = ends.flatMap((e) => [
    `toUInt8(side IN ('${e}', 'peer')) AS ${e}_observed`,
    `toUInt8(self AND side IN ('${e}', 'peer')) AS ${e}_self`,
    `if(e.${e}_cluster != '', '', toString(remote_class)) AS ${e}_class`,
  ])
  const seconds = (ms: number) => `toDateTime(${params.add(ms / 1000, 'UInt32')}, 'UTC')`
  return `
  SELECT toDateTime64(e.time, 3, 'UTC') AS row_time, e.counted AS row_counted,
    toUInt8(e.counted = 0 AND e.remote_class = 'nat') AS translated, toString(e.transport) AS transport,
    e.server_port AS port, '' AS reason, CAST(e.failures_by_reason, 'Map(String, UInt64)') AS reasons,
    ${[...facts, ...sums.map((m) => `toUInt64(${m.rollup}) AS m_${m.name}`), ...given, ...columns].join(',\n    ')}
  FROM edges_1m AS e
  WHERE e.time >= ${seconds(range.from)} AND e.time < ${seconds(range.to)}${self ? '' : ' AND e.self = 0'} AND (${where})`
}
