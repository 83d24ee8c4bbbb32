import { dnsColumns } from '@headwater/contracts'
import { columnDefinitions, DEDUPLICATION_WINDOW, FLOWS_PARTITION_HOURS, rawTtl } from './flows.js'

export const dnsColumnDefinitions = (): { name: string; definition: string }[] => columnDefinitions(dnsColumns)

/** Questions to name servers: partitions and retention are those of `flows`, so that both go together. */
export const dnsDdl = (database: string, retentionDays: number): string => `CREATE TABLE IF NOT EXISTS ${database}.dns
(
  ${dnsColumnDefinitions()
    .map(({ definition }) => definition)
    .join(',\n  ')},
  INDEX ix_time time TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toStartOfInterval(time, INTERVAL ${FLOWS_PARTITION_HOURS} HOUR)
ORDER BY (cluster, toStartOfFiveMinutes(time), local_service, query_name, time)
TTL ${rawTtl(retentionDays)}
SETTINGS ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`
