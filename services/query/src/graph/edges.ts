import { Inject, Injectable } from '@nestjs/common'
import { Database } from '../sql/database.js'
import {
  type EdgeRow,
  type EdgesQuery,
  edgeCountStatement,
  edgesStatement,
  keyColumns,
  MAX_EDGES,
  openStatement,
  rowsOf,
} from '../sql/edges.js'
import { measures } from '../sql/measures.js'
import { namesFarEnds } from '../sql/naming.js'

export interface Edges {
  rows: EdgeRow[]
  /** Edges that there are; more than rows where they are too many to look at. */
  total: number
}

const noDetails = { connect_us_buckets: [], srtt_us_buckets: [], failure_reasons: {} }
const noTraffic = { ...noDetails, ...Object.fromEntries(measures.map((m) => [m.name, 0])) }

const happenings = measures.filter((m) => m.counted || m.name === 'retransmits').map((m) => m.name)
/** The last keep-alive rows of a connection that was lost with its agent say nothing, and it is not open either. */
const happened = (row: EdgeRow): boolean => row.open > 0 || happenings.some((name) => Number(row[name]) > 0)

/** What was measured in the range, and what is open at its end, as the same edges. */
function join(measured: readonly EdgeRow[], open: readonly EdgeRow[], keys: readonly string[]): EdgeRow[] {
  const keyOf = (row: EdgeRow) => JSON.stringify(keys.map((k) => row[k]))
  const joined = new Map<string, EdgeRow>(measured.map((row) => [keyOf(row), { ...noDetails, ...row, open: 0 }]))
  for (const row of open) {
    const known = joined.get(keyOf(row))
    if (known === undefined) joined.set(keyOf(row), { ...noTraffic, ...row })
    else known.open = row.open
  }
  return [...joined].filter(([, row]) => happened(row) && !isTwin(row, joined, keyOf)).map(([, row]) => row)
}

/** Between the same two ends counted connections stand for all: what is not counted would stand beside them a second time. */
const isTwin = (row: EdgeRow, all: ReadonlyMap<string, EdgeRow>, keyOf: (row: EdgeRow) => string): boolean =>
  row.translated === 1 && all.has(keyOf({ ...row, translated: 0 }))

/** Reads edges with all that is measured of them. Two statements, since one that does both takes the store longer to plan. */
@Injectable()
export class EdgesReader {
  constructor(@Inject(Database) private readonly database: Database) {}

  async read(asked: EdgesQuery): Promise<Edges> {
    const query = { ...asked, farEnds: await namesFarEnds(this.database, rowsOf(asked)) }
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
