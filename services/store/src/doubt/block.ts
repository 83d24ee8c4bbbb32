/** One batch of an agent. */
export interface BatchId {
  instance: string
  sequence: number
}

/** A block of a table of raw rows: rows of batches of agents, in one partition. All that the table has of them at these times is in it. */
export interface RowsBlock {
  table: 'flows' | 'dns'
  batches: readonly BatchId[]
  /** First and last `time`, as Unix ms. */
  from: number
  to: number
  /** Deduplication token of its insert. */
  token: string
}

/** The tables that hold a block of `flows`. An insert fills `flows` first and `edges_1h` after `edges_1m`, one after the other. */
export const blockTables = ['flows', 'edges_1m', 'zones_1h', 'batches', 'edges_1h'] as const
export type FlowsTable = (typeof blockTables)[number]
/** The tables that hold a block of `dns`, in the order in which an insert fills them. */
export const dnsBlockTables = ['dns', 'dns_batches'] as const
export type BlockTable = FlowsTable | (typeof dnsBlockTables)[number]

const at = (ms: string): string => `fromUnixTimestamp64Milli({${ms}:Int64}, 'UTC')`

/** Parameters of the SQL below. */
export const blockParams = ({ batches, from, to, token }: RowsBlock): Record<string, unknown> => ({
  instances: batches.map(({ instance }) => instance),
  sequences: batches.map(({ sequence }) => sequence),
  from,
  to,
  token,
})

/** Whether a row is of one of the block's batches. */
export const ofBatches = (table: string): string => `${table}.instance IN {instances:Array(String)}
  AND has(arrayZip({instances:Array(String)}, {sequences:Array(UInt64)}), (toString(${table}.instance), ${table}.sequence))`

const rowsOf = (table: RowsBlock['table']): string =>
  `(SELECT * FROM ${table} WHERE ${ofBatches(table)}
  AND ${table}.time BETWEEN ${at('from')} AND ${at('to')})`

/** The block's rows, as a subquery. */
export const BLOCK = rowsOf('flows')
export const DNS_BLOCK = rowsOf('dns')

/** Bounds of the minutes or hours that the block's rows lie in, for `column`. */
export const within = (column: string, unit: 'Minute' | 'Hour'): string =>
  `${column} >= toStartOf${unit}(${at('from')}) AND ${column} < toStartOf${unit}(${at('to')}) + INTERVAL 1 ${unit}`

/** All rows that may add to the same rows of a rollup: those of the same time between the same services, either way round. */
export const neighbours = (unit: 'Minute' | 'Hour'): string => `(SELECT * FROM flows WHERE ${within('flows.time', unit)}
  AND (flows.local_service, flows.remote_service) IN (
    SELECT local_service, remote_service FROM ${BLOCK} UNION ALL SELECT remote_service, local_service FROM ${BLOCK}))`
