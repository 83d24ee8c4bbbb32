import {
  type AgentColumnName,
  type ColumnArrays,
  type DecodedBatch,
  type DecodedDnsBatch,
  type Dictionary,
  type DnsAgentColumnName,
  dnsColumns,
  flowColumns,
  type PlainKind,
} from '@headwater/contracts'
import { type AddressWords, formatAddress } from '../endpoints/address.js'

/** A row as plain values: 64-bit numbers as numbers, ids as decimal text, addresses as text. */
export type Row = Record<AgentColumnName, number | string>

const IDS: readonly string[] = ['cookie', 'connection_id', 'cgroup_id']

/** Reads the rows of decoded batches, for tests. */
export function rowsOf(batches: readonly DecodedBatch[]): Row[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.rows }, (_, row) => {
      const entries = Object.keys(batch.columns).map((name) => [name, value(batch, name as AgentColumnName, row)])
      return Object.fromEntries(entries) as Row
    }),
  )
}

function value(batch: DecodedBatch, name: AgentColumnName, row: number): number | string {
  const { kind } = flowColumns[name]
  const column = batch.columns[name]
  if (kind === 'string') {
    const { indices, values } = column as Dictionary
    return values[indices[row] ?? -1] ?? ''
  }
  if (kind === 'ip') {
    const bytes = (column as Uint8Array).slice(row * 16, row * 16 + 16)
    return formatAddress([...new Uint32Array(bytes.buffer)] as unknown as AddressWords)
  }
  const n = (column as ColumnArrays[PlainKind])[row] ?? 0
  return IDS.includes(name) ? String(n) : Number(n)
}

/** A question as plain values; answers as text. */
export type Question = Record<DnsAgentColumnName, number | string | string[]>

const addressAt = (bytes: Uint8Array, i: number): string =>
  formatAddress([...new Uint32Array(bytes.slice(i * 16, i * 16 + 16).buffer)] as unknown as AddressWords)

/** Reads the rows of decoded batches of DNS, for tests. */
export function questionsOf(batches: readonly DecodedDnsBatch[]): Question[] {
  return batches.flatMap(({ rows, columns }) =>
    Array.from({ length: rows }, (_, row) => {
      const { answers, ...plain } = columns
      const list = Array.from({ length: answers.offsets[row + 1]! - answers.offsets[row]! }, (_, i) =>
        addressAt(answers.bytes, answers.offsets[row]! + i),
      )
      const entries = Object.entries(plain).map(([name, column]) => {
        const { kind } = dnsColumns[name as keyof typeof plain]
        if (kind === 'string') {
          const { indices, values } = column as Dictionary
          return [name, values[indices[row] ?? -1] ?? '']
        }
        return [
          name,
          kind === 'ip' ? addressAt(column as Uint8Array, row) : Number((column as ColumnArrays[PlainKind])[row]),
        ]
      })
      return { ...Object.fromEntries(entries), answers: list } as Question
    }),
  )
}

/** Sum of a counter over rows. */
export const sum = (rows: readonly Row[], name: AgentColumnName): number =>
  rows.reduce((total, row) => total + Number(row[name]), 0)
