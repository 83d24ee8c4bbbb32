import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreClient } from '../client/client.js'
import { edge1mTotals, edgeKeys, edges1hSelect, edges1mSelect } from '../schema/edges.js'
import { zone1hTotals, zoneKeys, zones1hSelect } from '../schema/zones.js'
import {
  BLOCK,
  type BlockTable,
  blockParams,
  DNS_BLOCK,
  type FlowsTable,
  neighbours,
  ofBatches,
  type RowsBlock,
  within,
} from './block.js'

/** Whether a table holds a block. `unclear`: what is there fits neither. */
export type Held = 'held' | 'missing' | 'unclear'

/** What a rollup must hold (`rows`, of which the block's are `ours`), and what it does hold. */
interface Rollup {
  keys: readonly string[]
  totals: readonly string[]
  ours: string
  rows: string
  held: string
}

const EDGES_OF_BLOCK = `(${edges1mSelect(BLOCK)})`
const sums = (names: readonly string[], time: string): string =>
  names.map((name) => (name === 'time' ? `${time} AS time` : name)).join(', ')
const totalsOf = (names: readonly string[]): string => names.map((name) => `sum(${name}) AS ${name}`).join(', ')

const stored = (
  table: string,
  keys: readonly string[],
  totals: readonly string[],
  unit: 'Minute' | 'Hour',
  time = 'time',
): string =>
  `SELECT ${sums(keys, time)}, ${totalsOf(totals)} FROM ${table} AS t WHERE ${within('t.time', unit)} GROUP BY ${keys.join(', ')}`

const rollups: Record<Exclude<FlowsTable, 'flows' | 'batches'>, Rollup> = {
  edges_1m: {
    keys: edgeKeys,
    totals: edge1mTotals,
    ours: EDGES_OF_BLOCK,
    rows: `(${edges1mSelect(neighbours('Minute'))})`,
    held: `(${stored('edges_1m', edgeKeys, edge1mTotals, 'Minute')})`,
  },
  edges_1h: {
    keys: edgeKeys,
    totals: edge1mTotals,
    ours: `(${edges1hSelect(EDGES_OF_BLOCK)})`,
    // From its source: what an hour's flows are in edges_1m is some hundred times fewer rows.
    rows: `(${stored('edges_1m', edgeKeys, edge1mTotals, 'Hour', 'toStartOfHour(t.time)')})`,
    held: `(${stored('edges_1h', edgeKeys, edge1mTotals, 'Hour')})`,
  },
  zones_1h: {
    keys: zoneKeys,
    totals: zone1hTotals,
    ours: `(${zones1hSelect(BLOCK)})`,
    rows: `(${zones1hSelect(neighbours('Hour'))})`,
    held: `(${stored('zones_1h', zoneKeys, zone1hTotals, 'Hour')})`,
  },
}

/** What a rollup holds of the block's keys. */
const heldSql = ({ keys, totals, ours, held }: Rollup): string =>
  `SELECT toString(cityHash64(${keys.join(', ')})) AS key, [${totals.join(', ')}] AS held FROM ${held}
  WHERE cityHash64(${keys.join(', ')}) IN (SELECT cityHash64(${keys.join(', ')}) FROM ${ours})`

/** What it must hold of them, with what the block adds. Keys to which the block adds nothing do not matter. */
const dueSql = ({ keys, totals, ours, rows }: Rollup): string => {
  const part = (isOurs: 0 | 1, from: string) =>
    `SELECT ${isOurs} AS is_ours, cityHash64(${keys.join(', ')}) AS hash, [${totals.join(', ')}] AS v FROM ${from}`
  const sum = (isOurs: 0 | 1) => `sumForEach(arrayMap(n -> n * (is_ours = ${isOurs}), v))`
  return `SELECT toString(hash) AS key, ${sum(1)} AS adds, ${sum(0)} AS due
  FROM (${part(1, ours)} UNION ALL ${part(0, rows)}) GROUP BY hash HAVING arrayExists(n -> n > 0, adds) ORDER BY hash`
}

const batchesSql = (table: string): string => `SELECT count() AS n FROM ${table}
    WHERE ${ofBatches(table)} AND startsWith(token, {token:String})`

const ROWS_SQL = {
  flows: `SELECT count() AS n FROM ${BLOCK}`,
  dns: `SELECT count() AS n FROM ${DNS_BLOCK}`,
  batches: batchesSql('batches'),
  dns_batches: batchesSql('dns_batches'),
}

const hasRows = (table: BlockTable): table is keyof typeof ROWS_SQL => table in ROWS_SQL

/** Of each sum of the block's keys: what the block adds to it, and what the rollup lacks of it. */
type Lack = { adds: number; lacks: number }

async function lackOf(client: StoreClient, table: keyof typeof rollups, block: RowsBlock): Promise<Lack[]> {
  const params = blockParams(block)
  // First what it holds: what others insert is in `flows` before it is in a rollup, so that they can only make it lack more.
  const held = await client.query<{ key: string[]; held: number[][] }>(heldSql(rollups[table]), params)
  const due = await client.query<{ key: string[]; adds: number[][]; due: number[][] }>(dueSql(rollups[table]), params)
  const heldOf = new Map((held.columns.key ?? []).map((key, i) => [key, held.columns.held[i]]))
  return (due.columns.key ?? []).flatMap((key, i) =>
    (due.columns.adds[i] ?? []).map((adds, j) => ({
      adds,
      lacks: (due.columns.due[i]?.[j] ?? 0) - (heldOf.get(key)?.[j] ?? 0),
    })),
  )
}

const LOOKS = 12
const LOOK_AGAIN_MS = 250
/** Looks that a rollup must lack a block in: others' inserts on their way may add just as much. */
const SURE = 4

/** Whether the table holds the block; of rollups where `flows` holds it. @throws StoreError */
export async function look(client: StoreClient, table: BlockTable, block: RowsBlock): Promise<Held> {
  if (hasRows(table)) {
    const { columns } = await client.query<{ n: number[] }>(ROWS_SQL[table], blockParams(block))
    return columns.n[0] === 0 ? 'missing' : 'held'
  }
  let least: number[] | undefined
  for (let looks = 1; ; looks++) {
    const found = await lackOf(client, table, block)
    // Others make it lack more for a moment only: what counts is the least that it was seen to lack.
    const before = least
    least = found.map(({ lacks }, i) => Math.min(lacks, before?.[i] ?? lacks))
    if (found.length === 0 || least.some((lacks, i) => lacks < (found[i] as Lack).adds)) return 'held'
    if (looks >= SURE && least.every((lacks, i) => lacks === (found[i] as Lack).adds)) return 'missing'
    if (looks >= LOOKS) return 'unclear'
    await sleep(LOOK_AGAIN_MS)
  }
}
