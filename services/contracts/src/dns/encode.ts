import type { BatchMeta } from '../flow/batch.js'
import { encodeBatch } from '../flow/encode.js'
import { type DnsAgentColumns, dnsAgentColumnNames, dnsColumns } from './columns.js'

/**
 * One batch of DNS rows of one agent: what one message on the DNS topic holds. `sequence`, `produced` and `dropped` of its meta are
 * those of DNS rows.
 */
export interface DnsBatch {
  meta: BatchMeta
  rows: number
  columns: DnsAgentColumns
}

export const encodeDnsBatch = (batch: DnsBatch): Uint8Array => encodeBatch(dnsColumns, dnsAgentColumnNames, batch)
