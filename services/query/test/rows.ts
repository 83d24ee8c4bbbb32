import {
  type AllColumns,
  type ColumnKind,
  emptyColumn,
  type FlowColumnName,
  flowColumnNames,
  flowColumns,
} from '@headwater/contracts'
import { encodeFlows, type StoreClient } from '@headwater/store'

/** A row of `flows` in plain values: addresses as text, 64-bit numbers too as numbers, times as Unix ms. */
export type Row = Partial<Record<FlowColumnName, string | number>>

/** 16 bytes of an address in text, IPv4 as mapped. */
export function ipBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  if (!text.includes(':')) {
    bytes.set([0xff, 0xff], 10)
    bytes.set(text.split('.').map(Number), 12)
    return bytes
  }
  const [head = '', tail] = text.split('::')
  const groups = (t: string) => (t === '' ? [] : t.split(':').map((g) => Number.parseInt(g, 16)))
  const first = groups(head)
  const last = groups(tail ?? '')
  const all = tail === undefined ? first : [...first, ...new Array(8 - first.length - last.length).fill(0), ...last]
  for (const [i, group] of all.entries()) bytes.set([group >> 8, group & 0xff], i * 2)
  return bytes
}

function column(name: FlowColumnName, kind: ColumnKind, rows: readonly Row[]): AllColumns[FlowColumnName] {
  const values = rows.map((row) => row[name])
  if (kind === 'string') {
    const distinct = [...new Set(values.map((v) => String(v ?? '')))]
    return { indices: Int32Array.from(values, (v) => distinct.indexOf(String(v ?? ''))), values: distinct }
  }
  const array = emptyColumn(kind, rows.length) as unknown as Uint8Array | BigUint64Array
  for (const [i, value] of values.entries())
    if (kind === 'ip') (array as Uint8Array).set(ipBytes(String(value ?? '::')), i * 16)
    else
      (array as BigUint64Array)[i] = (
        array instanceof BigUint64Array || (array as object) instanceof BigInt64Array
          ? BigInt(value ?? 0)
          : Number(value ?? 0)
      ) as bigint
  return array as AllColumns[FlowColumnName]
}

/** Stores rows as one batch, with the product's own encoder. */
export async function insertRows(store: StoreClient, rows: readonly Row[]): Promise<void> {
  const columns = Object.fromEntries(
    flowColumnNames.map((n) => [n, column(n, flowColumns[n].kind, rows)]),
  ) as unknown as AllColumns
  const { instance = '', sequence = 0 } = rows[0] ?? {}
  await store.insertNative('flows', encodeFlows([{ columns, rows: rows.length }]), {
    token: `${instance}:${sequence}:${rows[0]?.time}`,
  })
}
