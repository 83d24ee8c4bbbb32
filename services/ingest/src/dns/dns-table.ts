import {
  type AllDnsColumns,
  type DecodedDnsBatch,
  decodeDnsBatch,
  dnsColumns,
  encodeDnsBatch,
  takeRows,
  topics,
} from '@headwater/contracts'
import { mergeParts } from '../rows/merge.js'
import type { RowsTable } from '../rows/table.js'

export const dnsTable: RowsTable<DecodedDnsBatch, AllDnsColumns> = {
  name: 'dns',
  topic: topics.dns,
  tokenPrefix: 'dns:',
  batches: 'dns_batches',
  decode: decodeDnsBatch,
  encode: encodeDnsBatch,
  sift: (batch, rows) => ({ ...batch, rows: rows.length, columns: takeRows(dnsColumns, batch.columns, rows) }),
  take: (columns, rows) => takeRows(dnsColumns, columns, rows),
  merge: (parts, memory) => mergeParts(dnsColumns, parts, memory),
}
