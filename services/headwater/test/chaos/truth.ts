import { type Truth, truthQuery } from '@headwater/simulate'
import type { StoreClient } from '@headwater/store'

type Sums = Record<string, unknown>

const first = async (store: StoreClient, sql: string, params: Record<string, unknown> = {}): Promise<Sums> => {
  const { columns } = await store.query<Record<string, unknown[]>>(sql, params)
  return Object.fromEntries(Object.entries(columns).map(([name, [value]]) => [name, value]))
}

const OF_EDGES = `sum(t.rows) AS rows, sum(t.connects) AS connects, sum(t.accepts) AS accepts, sum(t.failures) AS failures,
  sum(t.client_to_server_bytes + t.server_to_client_bytes) AS bytes,
  sumIf(t.client_to_server_bytes + t.server_to_client_bytes, t.counted) AS counted_bytes`

/** What each table holds of a simulated cluster, in the sums that `expectedOf` gives. */
export async function heldBy(store: StoreClient, cluster: string, prefix: string): Promise<Record<string, Sums>> {
  const params = { cluster }
  return {
    flows: await first(store, truthQuery, { prefix }),
    edges_1m: await first(store, `SELECT ${OF_EDGES} FROM edges_1m AS t WHERE cluster = {cluster:String}`, params),
    edges_1h: await first(store, `SELECT ${OF_EDGES} FROM edges_1h AS t WHERE cluster = {cluster:String}`, params),
    zones_1h: await first(
      store,
      `SELECT sum(client_to_server_bytes + server_to_client_bytes) AS bytes FROM zones_1h
       WHERE {cluster:String} IN (client_cluster, server_cluster)`,
      params,
    ),
    batches: await first(
      store,
      `SELECT sum(rows) AS rows, count() AS batches, count() - uniqExact(instance, sequence) AS copies FROM batches
       WHERE cluster = {cluster:String}`,
      params,
    ),
  }
}

/** What they must hold. */
export function expectedOf(truth: Truth): Record<string, Sums> {
  const { rows, connects, accepts, failures, tx_bytes, rx_bytes, counted_bytes, batches, serials } = truth
  const edges = { rows, connects, accepts, failures, bytes: tx_bytes + rx_bytes, counted_bytes }
  return {
    flows: { ...truth, serials: String(serials) },
    edges_1m: edges,
    edges_1h: edges,
    zones_1h: { bytes: tx_bytes + rx_bytes },
    batches: { rows, batches, copies: 0 },
  }
}
