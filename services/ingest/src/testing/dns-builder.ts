import {
  type ColumnArrays,
  type ColumnData,
  type DnsAgentColumnName,
  type DnsAgentColumns,
  type DnsBatch,
  dnsAgentColumnNames,
  dnsColumns,
  emptyColumn,
} from '@headwater/contracts'
import { parseAddress } from '../address/address.js'
import type { BatchSpec } from './flow-builder.js'

/** A question: addresses as text, times as Unix ms; what is left out is zero or empty. */
export type QuestionSpec = Partial<Record<Exclude<DnsAgentColumnName, 'answers'>, string | number>> & {
  time: number
  answers?: readonly string[]
}

function bytesOf(text: string): Uint8Array {
  const bytes = parseAddress(text)
  if (bytes === undefined) throw new Error(`not an address: ${text}`)
  return bytes
}

function column(name: DnsAgentColumnName, questions: readonly QuestionSpec[]): ColumnData {
  const { kind } = dnsColumns[name]
  if (kind === 'ips') {
    const lists = questions.map(({ answers = [] }) => answers.map(bytesOf))
    const offsets = new Int32Array(lists.length + 1)
    for (const [i, list] of lists.entries()) offsets[i + 1] = (offsets[i] as number) + list.length
    return { offsets, bytes: new Uint8Array(Buffer.concat(lists.flat())) }
  }
  const cells = questions.map((question) => question[name as keyof QuestionSpec] as string | number | undefined)
  if (kind === 'string') {
    const values = [...new Set(cells.map((cell) => String(cell ?? '')))]
    return { indices: Int32Array.from(cells, (cell) => values.indexOf(String(cell ?? ''))), values }
  }
  const data = emptyColumn(kind, cells.length)
  for (const [i, cell] of cells.entries())
    if (kind === 'ip') (data as Uint8Array).set(bytesOf(String(cell ?? '::')), i * 16)
    else if (kind === 'u64' || kind === 'time') (data as BigUint64Array)[i] = BigInt(cell ?? 0)
    else (data as ColumnArrays['u32'])[i] = Number(cell ?? 0)
  return data
}

/** Questions as the batch that an agent would send. */
export function buildDnsBatch(spec: BatchSpec, questions: readonly QuestionSpec[]): DnsBatch {
  const { cluster = 'test', realm = 'test', zone = '', region = '', instance, sequence, node } = spec
  const meta = { schema_version: 1, instance, sequence, cluster, node, realm, zone, region, agent_version: 'test' }
  const columns = Object.fromEntries(dnsAgentColumnNames.map((name) => [name, column(name, questions)]))
  return {
    meta: { ...meta, produced: { rows: questions.length, batches: 1 }, dropped: {} },
    rows: questions.length,
    columns: columns as unknown as DnsAgentColumns,
  }
}
