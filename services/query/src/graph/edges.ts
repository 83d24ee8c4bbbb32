import { Inject, Injectable } from '@nestjs/common'
import { Database } from '../sql/database.js'
import {
  type EdgeRow,
  type EdgesQuery,
  edgeCountStatement,
  edgesStatement,
  keyColumns,
  MAX_EDGES,
  namingStatement,
  openStatement,
} from '../sql/edges.js'
import { measures } from '../sql/measures.js'

export interface Edges {
  rows: EdgeRow[]
  /** Edges that there are; more than rows where they are too many to look at. */
  total: number
}

const noTraffic = Object.fromEntries(measures.map((m) => [m.name, 0]))

const happenings = measures.filter((m) => m.counted || m.name === 'retransmits').map((m) => m.name)
/** The last keep-alive rows of a connection that was lost with its agent say nothing, and it is not open either. */
const happened = (row: EdgeRow): boolean => row.open > 0 || happenings.some((name) => Number(row[name]) > 0)

/** What was measured in the range, and what is open at its end, as the same edges. */
function join(measured: readonly EdgeRow[], open: readonly EdgeRow[], keys: readonly string[]): EdgeRow[] {
  const keyOf = (row: EdgeRow) => JSON.stringify(keys.map((k) => row[k]))
  const joined = new Map<string, EdgeRow>(measured.map((row) => [keyOf(row), Object.assign(row, { open: 0 })]))
  for (const row of open) {
    const known = joined.get(keyOf(row))
    if (known === undefined) joined.set(keyOf(row), { ...noTraffic, ...row, failure_reasons: {} })
    else known.open = row.open
  }
  return [...joined.values()].filter(happened)
}

/** Reads edges with all that is measured of them. Two statements, since one that does both takes the store longer to plan. */
@Injectable()
export class EdgesReader {
  constructor(@Inject(Database) private readonly database: Database) {}

  async read(asked: EdgesQuery): Promise<Edges> {
    const naming = namingStatement(asked)
    const farEnds = naming === undefined || (await this.database.rows(naming)).length > 0
    const query = { ...asked, farEnds }
    const [measured, open] = await Promise.all([
      this.database.rows<EdgeRow>(edgesStatement(query)),
      this.database.rows<EdgeRow>(openStatement(query)),
    ])
    const rows = join(measured, open, keyColumns(query.rule))
    if (measured.length < MAX_EDGES) return { rows, total: rows.length }
    const [count] = await this.database.rows<{ edges: number }>(edgeCountStatement(query))
    return { rows, total: Math.max(rows.length, count?.edges ?? 0) }
  }
}
