import type { AllColumns, AllDnsColumns, ColumnData, Memory, Table } from '@headwater/contracts'
import { dnsColumnNames, dnsColumns, flowColumnNames, flowColumns } from '@headwater/contracts'
import { encodeNative, type NativeColumn } from './encode.js'

/** Some rows of a table. */
export interface NativePart<C> {
  columns: C
  rows: number
}

function encode<N extends string, C extends Record<N, ColumnData>>(
  names: readonly N[],
  table: Table<N>,
  parts: readonly NativePart<C>[],
  memory?: Memory,
): Uint8Array {
  const columns = names.map((name) => {
    return { name, kind: table[name].kind, data: parts.map(({ columns }) => columns[name]) } as NativeColumn
  })
  const rows = parts.map((part) => part.rows)
  return encodeNative(columns, rows, memory)
}

/** Rows of `flows`, one part after the other, as one block. @throws as encodeNative */
export const encodeFlows = (parts: readonly NativePart<AllColumns>[], memory?: Memory): Uint8Array =>
  encode(flowColumnNames, flowColumns, parts, memory)

/** Rows of `dns` alike. */
export const encodeDns = (parts: readonly NativePart<AllDnsColumns>[], memory?: Memory): Uint8Array =>
  encode(dnsColumnNames, dnsColumns, parts, memory)
