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

const table = { hours: 'edges_1h', minutes: 'edges_1m' } as const

/** Rows of the rollups in the shape of edge rows: both have the same columns. */
export function rollupRows({ sources, self, labels, where, columns }: RollupOptions, params: Params): string {
  const given = [...columns, ...[...labels].flatMap((l) => ends.map((e) => labelColumn(endColumn(e, l))))].join(
    ',\n    ',
  )
  const used = [...new Set(Array.from(given.matchAll(/\be\.(\w+)/g), ([, name]) => name))].join(', ')
  const seconds = (ms: number) => `toDateTime(${params.add(ms / 1000, 'UInt32')}, 'UTC')`
  const within = ({ from, to }: TimeRange) => `(time >= ${seconds(from)} AND time < ${seconds(to)})`
  const condition = (ranges: readonly TimeRange[]) =>
    `(${ranges.map(within).join(' OR ')})${self ? '' : ' AND self = 0'}`
  const tables = (['hours', 'minutes'] as const).filter((name) => sources[name].length > 0)
  const [only] = tables
  if (tables.length === 1 && only !== undefined)
    return `
  SELECT ${given}
  FROM ${table[only]} AS e
  WHERE ${condition(sources[only])} AND (${where})`
  const parts = tables.map((name) => `SELECT ${used} FROM ${table[name]} WHERE ${condition(sources[name])}`)
  return `
  SELECT ${given}
  FROM (${parts.join('\n    UNION ALL\n    ')}) AS e
  WHERE ${where}`
}
