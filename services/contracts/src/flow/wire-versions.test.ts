// A message of each version that ever was on the bus, as its agent wrote it: read by this version, and this version's by one that knows fewer columns.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dnsAgentColumnNames, dnsColumns } from '../dns/columns.js'
import type { BatchMeta } from './batch.js'
import { SCHEMA_VERSION } from './bounds.js'
import { type Column, type ColumnData, type ColumnKind, emptyColumn } from './column.js'
import { agentColumnNames, flowColumns } from './columns.js'
import { decodeBatch } from './decode.js'
import { encodeBatch } from './encode.js'

const folder = new URL('../../test/fixtures/wire/', import.meta.url)
const ROWS = 3

type Columns = Record<string, Column>
const tables: Record<string, { columns: Columns; names: readonly string[] }> = {
  flows: { columns: flowColumns, names: agentColumnNames },
  dns: { columns: dnsColumns, names: dnsAgentColumnNames },
}

/** What a column holds in every such file: it follows from its name. */
function cellsOf(name: string, kind: ColumnKind): ColumnData {
  const seed = createHash('sha256').update(name).digest()
  const at = (row: number) => seed[row] as number
  const data = emptyColumn(kind, ROWS)
  if (kind === 'string') return { indices: Int32Array.of(2, 0, 1), values: ['', `${name}-ä`, `${name}\n`] }
  if (kind === 'ips') return { offsets: Int32Array.of(0, 1, 1, 3), bytes: new Uint8Array(48).map((_, i) => at(i % 32)) }
  if (kind === 'ip') return new Uint8Array(ROWS * 16).map((_, i) => at(i % 32))
  if (kind === 'u64' || kind === 'time')
    return (data as BigUint64Array).map((_, row) => BigInt(at(row)) * 1_000_003n) as ColumnData
  return (data as Uint32Array).map((_, row) => at(row) % 251) as ColumnData
}

const meta: BatchMeta = {
  schema_version: SCHEMA_VERSION,
  instance: 'wire',
  sequence: 9,
  cluster: 'c',
  node: 'n',
  realm: 'r',
  zone: 'z',
  region: 'g',
  agent_version: '0.1.0',
  produced: { rows: 30, batches: 9 },
  dropped: { 'ring-full': 2 },
}

/** Of the columns that travel and their kinds: another file for each of these. */
function fileOf(topic: string): URL {
  const { columns, names } = tables[topic] as (typeof tables)[string]
  const shape = names.map((name) => `${name} ${columns[name]?.kind}`).sort()
  const hash = createHash('sha256')
    .update(`${SCHEMA_VERSION}\n${shape.join('\n')}`)
    .digest('hex')
  return new URL(`${topic}-${hash.slice(0, 12)}.arrow`, folder)
}

const written = (topic: string): Uint8Array => {
  const { columns, names } = tables[topic] as (typeof tables)[string]
  const all = Object.fromEntries(names.map((name) => [name, cellsOf(name, (columns[name] as Column).kind)]))
  return encodeBatch(columns, names, { meta, rows: ROWS, columns: all })
}

function read(topic: string, names: readonly string[], bytes: Uint8Array) {
  return decodeBatch((tables[topic] as (typeof tables)[string]).columns, names, bytes)
}

const saved = () => readdirSync(folder).filter((name) => name.endsWith('.arrow'))

describe.each(Object.keys(tables))('messages of %s', (topic) => {
  const { columns, names } = tables[topic] as (typeof tables)[string]

  it('are saved as this version writes them: with UPDATE_WIRE=1 one more is, and stays', () => {
    const file = fileOf(topic)
    if (process.env.UPDATE_WIRE === '1' && !existsSync(file)) writeFileSync(file, written(topic))
    const why = `the columns of ${topic} have changed: run the unit tests with UPDATE_WIRE=1 once, and commit the file`
    expect(existsSync(file), why).toBe(true)
    expect(read(topic, names, readFileSync(file))).toMatchObject({ missing: [], unknown: [], rows: ROWS, meta })
  })

  it('of every version are read: what they lack is empty, what they have is as it was', () => {
    const files = saved().filter((name) => name.startsWith(`${topic}-`))
    expect(files.length).toBeGreaterThan(0)
    for (const name of files) {
      const batch = read(topic, names, readFileSync(new URL(name, folder)))
      for (const column of names) {
        const { kind } = columns[column] as Column
        const expected = batch.missing.includes(column) ? emptyColumn(kind, ROWS) : cellsOf(column, kind)
        expect(batch.columns[column], `${column} of ${name}`).toEqual(expected)
      }
    }
  })

  it('of this version are read by one that knows half of the columns: the others are named, and left out', () => {
    const half = names.filter((_, i) => i % 2 === 0)
    const batch = read(topic, half, readFileSync(fileOf(topic)))
    expect(batch.missing).toEqual([])
    expect([...batch.unknown].sort()).toEqual(names.filter((name) => !half.includes(name)).sort())
    expect(Object.keys(batch.columns).sort()).toEqual([...half].sort())
    for (const column of half)
      expect(batch.columns[column], column).toEqual(cellsOf(column, (columns[column] as Column).kind))
  })
})
