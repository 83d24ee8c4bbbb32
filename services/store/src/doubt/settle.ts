import type { StoreClient } from '../client/client.js'
import { edges1hSelect, edges1mSelect } from '../schema/edges.js'
import { batchesSelect } from '../schema/tables.js'
import { zones1hSelect } from '../schema/zones.js'
import { BLOCK, type BlockTable, blockParams, DNS_BLOCK, type RowsBlock } from './block.js'
import { look } from './look.js'

/** What of a block the tables lack. */
export interface Missing {
  /** Each brings with it what derives from it. */
  tables: BlockTable[]
  /** Left as they are: whether they hold it cannot be told. */
  unclear: BlockTable[]
}

/**
 * What a killed server left out of a block that may have been on its way. An insert fills the tables one after the other, so a block
 * that `flows` (or `dns`) lacks is nowhere, and one that `edges_1m` lacks is not in `edges_1h`.
 * @throws StoreError
 */
export async function missingOf(client: StoreClient, block: RowsBlock): Promise<Missing> {
  const found: Missing = { tables: [], unclear: [] }
  const lacks = async (table: BlockTable): Promise<boolean> => {
    const held = await look(client, table, block)
    if (held === 'missing') found.tables.push(table)
    if (held === 'unclear') found.unclear.push(table)
    return held === 'missing'
  }
  if (await lacks(block.table)) return found
  if (block.table === 'dns') {
    await lacks('dns_batches')
    return found
  }
  if (!(await lacks('edges_1m'))) await lacks('edges_1h')
  await lacks('zones_1h')
  await lacks('batches')
  return found
}

/** Tables that are filled from others. */
export type DerivedTable = Exclude<BlockTable, RowsBlock['table']>

const selects: Record<DerivedTable, string> = {
  edges_1m: edges1mSelect(BLOCK),
  edges_1h: edges1hSelect(`(${edges1mSelect(BLOCK)})`),
  zones_1h: zones1hSelect(BLOCK),
  batches: batchesSelect(BLOCK, '{token:String}'),
  dns_batches: batchesSelect(DNS_BLOCK, '{token:String}'),
}

/** Puts a block into a table that lacks it, from its rows in `flows` or `dns`, and into what derives from that table. @throws StoreError */
export async function fillIn(client: StoreClient, table: DerivedTable, block: RowsBlock, token: string): Promise<void> {
  // Sorted, so that the server takes it for the same block when it comes again. One thread, so that it is one block.
  await client.command(`INSERT INTO ${table} ${selects[table]} ORDER BY ALL`, blockParams(block), {
    insert_deduplicate: 1,
    insert_deduplication_token: token,
    deduplicate_blocks_in_dependent_materialized_views: 1,
    max_threads: 1,
  })
}

/** When the server was started, in Unix ms: at the time told or up to a second before, since it counts whole seconds. @throws StoreError */
export async function serverStart(client: StoreClient): Promise<number> {
  const { columns } = await client.query<{ start: number[] }>(
    'SELECT toUnixTimestamp64Milli(now64(3)) - 1000 * uptime() AS start',
  )
  return columns.start[0] as number
}
