import { type Column, flowColumns } from '@headwater/contracts'
import { clickhouseTypes } from '../native/types.js'

/**
 * Hours in one partition of `flows`. The disk cap and retention drop whole partitions, so this is their grain: a 12th of
 * the default retention, where a day would be a third and often all that the cap allows. Smaller ones would mean more
 * parts to keep open and to look through for a day's query.
 */
export const FLOWS_PARTITION_HOURS = 6

/**
 * Inserted blocks whose tokens a table remembers. It must outlast the inserts of everybody else between a block and its
 * retry: 12 partitions with one insert a second each reach 10,000 in 14 minutes. Costs about 1 MB of memory a table.
 */
export const DEDUPLICATION_WINDOW = 10_000

/** Milliseconds since the epoch at which the partition of a flow's time starts: an insert takes one partition's rows. */
export const flowsPartition = (timeMs: number): number => {
  const length = FLOWS_PARTITION_HOURS * 3_600_000
  return Math.floor(timeMs / length) * length
}

/** The definition of each column of a column table. */
export const columnDefinitions = (table: Record<string, Column>): { name: string; definition: string }[] =>
  Object.entries(table).map(([name, { kind, codec, meaning, unit }]) => {
    const comment = (unit === '' ? meaning : `${meaning} [${unit}]`).replaceAll('\\', '\\\\').replaceAll("'", "\\'")
    const definition = `\`${name}\` ${clickhouseTypes[kind]} COMMENT '${comment}'${codec ? ` CODEC(${codec})` : ''}`
    return { name, definition }
  })

export const flowColumnDefinitions = (): { name: string; definition: string }[] => columnDefinitions(flowColumns)

/** Adds what `flows` lacks: the views that a later step makes want all columns. */
export const addFlowColumnsDdl = (database: string): string =>
  `ALTER TABLE ${database}.flows ${flowColumnDefinitions()
    .map(({ definition }) => `ADD COLUMN IF NOT EXISTS ${definition}`)
    .join(', ')}`

/** Codecs as the column table has them, also of tables that are there: parts get them as they are merged. */
export const codecsDdl = (database: string, name: string, table: Record<string, Column>): string =>
  `ALTER TABLE ${database}.${name} ${Object.entries(table)
    .flatMap(([column, { codec }]) =>
      codec === undefined ? [] : [`MODIFY COLUMN IF EXISTS \`${column}\` CODEC(${codec})`],
    )
    .join(', ')}`

/**
 * How many parts of one size a table gathers before it makes one of them; 5 is ClickHouse's own. Each row is written again about as often as
 * the parts of an insert have to be multiplied by this to be all there is: merging was as much as inserting.
 */
const MERGE_BASE = 10
/** Of `flows`, whose 83 columns are a quarter of what a flow costs the server as they are merged, and which fewer questions are asked of than of the rollups. */
const FLOWS_MERGE_BASE = 20
export const mergesDdl = (database: string, table: string): string =>
  `ALTER TABLE ${database}.${table} MODIFY SETTING merge_selector_base = ${table === 'flows' ? FLOWS_MERGE_BASE : MERGE_BASE}`

/**
 * Parts of `flows` below this (as rows are in memory) lie in one file: by itself each of its columns would be two or three, several hundred a part,
 * and to make and remove them took the server longer than to write what is in them.
 */
const WIDE_BYTES = 64 << 20
export const compactDdl = (database: string): string =>
  `ALTER TABLE ${database}.flows MODIFY SETTING min_bytes_for_wide_part = ${WIDE_BYTES}`

/** Retention in whole hours, said in days where it is so. ClickHouse gives an expression back as it is written here. */
export const rawTtl = (days: number): string => {
  const hours = Math.round(days * 24)
  return `toDateTime(time) + ${hours % 24 === 0 ? `toIntervalDay(${hours / 24})` : `toIntervalHour(${hours})`}`
}

/**
 * Sorted by 5 minutes first, so that the last seconds (health) and one edge's rows both touch few granules, and by
 * service within, so that equal values lie together. The minmax index prunes by `time` within those 5 minutes.
 */
export const flowsDdl = (
  database: string,
  retentionDays: number,
): string => `CREATE TABLE IF NOT EXISTS ${database}.flows
(
  ${flowColumnDefinitions()
    .map(({ definition }) => definition)
    .join(',\n  ')},
  INDEX ix_time time TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toStartOfInterval(time, INTERVAL ${FLOWS_PARTITION_HOURS} HOUR)
ORDER BY (cluster, toStartOfFiveMinutes(time), local_service, remote_service, time)
TTL ${rawTtl(retentionDays)}
SETTINGS ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1, non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`
