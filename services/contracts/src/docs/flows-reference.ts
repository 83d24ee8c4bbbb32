import { arrowType } from '../flow/arrow.js'
import type { Column, ColumnKind, ColumnOrigin } from '../flow/column.js'
import { flowColumns } from '../flow/columns.js'

const clickhouse: Record<ColumnKind, string> = {
  bool: 'UInt8',
  u8: 'UInt8',
  u16: 'UInt16',
  u32: 'UInt32',
  u64: 'UInt64',
  time: "DateTime64(3, 'UTC')",
  ip: 'IPv6',
  ips: 'Array(IPv6)',
  string: 'LowCardinality(String)',
}

/** A row for each column of a table: its meaning, and its types on the bus and in the store. */
export const columnRows = (table: Record<string, Column & { origin: ColumnOrigin }>): string =>
  Object.entries(table)
    .map(([name, { kind, origin, unit, meaning }]) => {
      const arrow = origin === 'agent' ? `\`${arrowType(kind, 0)}\`` : origin === 'batch' ? 'metadata' : ''
      return `| \`${name}\` | ${meaning} | ${unit} | ${arrow} | \`${clickhouse[kind]}\` |`
    })
    .join('\n')

/** docs/flows.md: the columns of a flow, for those who read the topic or write their own SQL. */
export function flowsReference(): string {
  return `# A flow, column by column

Generated from the column table (services/contracts/src/flow/columns.ts) by \`npm run docs -w @headwater/contracts\`.

A row of \`headwater.flows\` is one connection over one interval, as one of its ends saw it. Counters are what was added in
that interval. A message on the topic \`headwater.flows.v1\` is an Arrow IPC stream of one record batch with the columns
that have an Arrow type below; what is the same for the whole batch stands as JSON in the schema's metadata, key
\`headwater\`: the batch columns, \`produced\` (rows and batches so far, this one among them), \`dropped\` (rows that will not come, by reason) and
\`losses\` (what else was lost, by name; absent where there is nothing, at most 128 names), all of them cumulative over the agent instance
([what was lost](fleet.md#what-was-lost)). Columns with neither are added by ingest. Units are UCUM.

| column | meaning | unit | on the bus (Arrow) | in ClickHouse |
|---|---|---|---|---|
${columnRows(flowColumns)}
`
}
