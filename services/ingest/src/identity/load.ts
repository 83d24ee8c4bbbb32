import { type Endpoint, endpointSchema, type Logger } from '@headwater/contracts'
import type { StoreClient } from '@headwater/store'
import { FUTURE_MS, PAST_MS } from '../clock/clock.js'
import type { Identity } from '../flows/local-ends.js'

/** Endpoints read at start, at most: the newest. Each takes about 300 bytes. */
const MAX_ENDPOINTS = 1_000_000

/** Columns by name; times as Unix ms. */
type Loaded<K extends string> = Record<K, (string | number | null)[]>

const endpointsSql = `SELECT kind, toString(realm) AS realm, toString(cluster) AS cluster, toString(node) AS node,
  toString(instance) AS instance, netns, toString(transport) AS transport, toString(address) AS address, port,
  toString(process) AS process, toString(service) AS service, toString(namespace) AS namespace,
  toString(container_name) AS container_name, toString(zone) AS zone, toString(region) AS region,
  toUnixTimestamp64Milli(valid_from) AS valid_from,
  if(valid_to IS NULL, NULL, toUnixTimestamp64Milli(assumeNotNull(valid_to))) AS valid_to
FROM endpoints FINAL WHERE ifNull(valid_to, now64(3)) >= now64(3) - toIntervalMillisecond({retention:Int64})
ORDER BY endpoints.valid_from DESC LIMIT {limit:UInt64}`

const leasesSql = `SELECT toString(instance) AS instance, toUnixTimestamp64Milli(min(nodes.started)) AS started,
  toUnixTimestamp64Milli(max(nodes.time)) AS last, max(stopping) AS stopping
FROM nodes WHERE ifNull(clock_offset_ms, 0) BETWEEN -${FUTURE_MS} AND ${PAST_MS} AND time >= now64(3) - toIntervalMillisecond({retention:Int64}) GROUP BY instance ORDER BY last`

const mapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')

/**
 * Takes in what the store knows of addresses, listeners and live agents, so that the first flow after a restart is joined as the
 * last one before.
 * @throws StoreError
 */
export async function loadIdentity(
  store: StoreClient,
  identity: Identity,
  retentionMs: number,
  logger: Logger,
): Promise<void> {
  const params = { retention: retentionMs, limit: MAX_ENDPOINTS }
  const leases = await store.query<Loaded<'instance' | 'started' | 'last' | 'stopping'>>(leasesSql, params)
  for (let i = 0; i < leases.rows; i++) {
    const { instance, started, last, stopping } = leases.columns
    const args = [String(instance[i]), Number(last[i]), Number(started[i])] as const
    if (Number(stopping[i]) === 1) identity.leases.stop(...args)
    else identity.leases.hear(...args)
  }
  const { columns, rows } = await store.query<Loaded<keyof Endpoint>>(endpointsSql, params)
  const names = Object.keys(columns) as (keyof Endpoint)[]
  for (let i = 0; i < rows; i++) {
    const row = Object.fromEntries(names.map((name) => [name, columns[name][i]]))
    const endpoint = endpointSchema.safeParse({ ...row, address: mapped(String(row.address)) })
    if (!endpoint.success) continue
    identity.endpoints.apply(endpoint.data)
    identity.leases.hear(endpoint.data.instance, endpoint.data.valid_from)
  }
  logger.info('identity loaded', { endpoints: rows, instances: leases.rows })
}
