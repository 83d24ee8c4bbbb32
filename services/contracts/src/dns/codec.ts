import { decodeBatch } from '../flow/decode.js'
import { type DnsAgentColumnName, type DnsAgentColumns, dnsAgentColumnNames, dnsColumns } from './columns.js'
import type { DnsBatch } from './encode.js'

export { type DnsBatch, encodeDnsBatch } from './encode.js'

export interface DecodedDnsBatch extends DnsBatch {
  /** Columns the message has and this version does not know: ignored. */
  unknown: string[]
  /** Columns this version knows and the message lacks: zeros or empty. */
  missing: DnsAgentColumnName[]
}

/** Reads one message of the DNS topic. @throws DecodeError */
export function decodeDnsBatch(bytes: Uint8Array): DecodedDnsBatch {
  const { columns, ...rest } = decodeBatch(dnsColumns, dnsAgentColumnNames, bytes)
  return { ...rest, columns: columns as DnsAgentColumns }
}
