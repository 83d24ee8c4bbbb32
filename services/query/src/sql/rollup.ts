import type { EndLabel } from '@headwater/contracts'
import type { TimeRange } from '../time/range.js'
import { endColumn, ends } from './labels.js'
import type { Params } from './params.js'
import type { Sources } from './source.js'

interface RollupOptions {
  sources: Sources
  self: boolean
  labels: ReadonlySet<EndLabel>
  /** Over all the columns given. */
  where: string
  /** Expressions over a row `e`, and over the labels. */
  columns: readonly string[]
}

const labelColumn = (column: string): string => {
  if (column === 'server_port') return 'toString(e.server_port) AS server_port'
  // Only asked for beside the server's; a client's port is in no rollup, and no question that needs it comes here.
  if (column === 'client_port') return "'' AS client_port"
  return `e.${column} AS ${column}`
}

/** Rows of the rollups in the shape of edge rows: both have the same columns. */
export function rollupRows({ sources, self, labels, where, columns }: RollupOptions, params: Params): string {
  const given = [...columns, ...[...labels].flatMap((l) => ends.map((e) => labelColumn(endColumn(e, l))))].join(
    ',\n    ',
  )
  const used = [...new Set(Array.from(given.matchAll(/\be\.(\w+)/g), ([, name]) => name))].join(', ')
  const seconds = (ms: number) => `toDateTime(${params.add(ms / 1000, 'UInt32')}, 'UTC')`
  const within = ({ from, to }: TimeRange) => `(time >= ${seconds(from)} AND time < ${seconds(to)})`
  const part = (table: string, ranges: readonly TimeRange[]) =>
    ranges.length === 0
      ? []
      : [`SELECT ${used} FROM ${table} WHERE (${ranges.map(within).join(' OR ')})${self ? '' : ' AND self = 0'}`]
  const rows = [...part('edges_1h', sources.hours), ...part('edges_1m', sources.minutes)]
  return `
  SELECT ${given}
  FROM (${rows.join('\n    UNION ALL\n    ')}) AS e
  WHERE ${where}`
}
