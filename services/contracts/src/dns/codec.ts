import type { BatchMeta } from '../flow/batch.js'
import { decodeBatch } from '../flow/decode.js'
import { encodeBatch } from '../flow/encode.js'
import { type DnsAgentColumnName, type DnsAgentColumns, dnsAgentColumnNames, dnsColumns } from './columns.js'

/**
 * One batch of DNS rows of one agent: what one message on the DNS topic holds. `sequence`, `produced` and `dropped` of its meta are
 * those of DNS rows.
 */
export interface DnsBatch {
  meta: BatchMeta
  rows: number
  columns: DnsAgentColumns
}

export interface DecodedDnsBatch extends DnsBatch {
  /** Columns the message has and this version does not know: ignored. */
  unknown: string[]
  /** Columns this version knows and the message lacks: zeros or empty. */
  missing: DnsAgentColumnName[]
}

export const encodeDnsBatch = (batch: DnsBatch): Uint8Array => encodeBatch(dnsColumns, dnsAgentColumnNames, batch)

/** Reads one message of the DNS topic. @throws DecodeError */
export function decodeDnsBatch(bytes: Uint8Array): DecodedDnsBatch {
  const { columns, ...rest } = decodeBatch(dnsColumns, dnsAgentColumnNames, bytes)
  return { ...rest, columns: columns as DnsAgentColumns }
}
