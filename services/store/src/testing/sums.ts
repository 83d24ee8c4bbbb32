import type { StoreClient } from '../client/client.js'
import type { FlowsTable } from '../doubt/block.js'

/** How much of some blocks each table that holds them has: rows, of `zones_1h` bytes from clients, of `batches` its rows. */
export async function blockSums(client: Pick<StoreClient, 'query'>): Promise<Record<FlowsTable, number>> {
  const { columns } = await client.query(`SELECT (SELECT count() FROM flows) AS flows,
    (SELECT sum(rows) FROM edges_1m) AS edges_1m, (SELECT sum(rows) FROM edges_1h) AS edges_1h,
    (SELECT sum(client_to_server_bytes) FROM zones_1h) AS zones_1h, (SELECT count() FROM batches) AS batches`)
  return Object.fromEntries(Object.entries(columns).map(([table, [sum]]) => [table, Number(sum)])) as Record<
    FlowsTable,
    number
  >
}
