import { readdirSync, readFileSync } from 'node:fs'
import { RecordBatch, RecordBatchReader, RecordBatchStreamWriter } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { dnsAgentColumnNames, dnsColumns } from '../dns/columns.js'
import type { BatchMeta } from './batch.js'
import { SCHEMA_VERSION } from './bounds.js'
import { type ColumnData, type ColumnKind, emptyColumn } from './column.js'
import { agentColumnNames, flowColumns } from './columns.js'
import { type DecodedTable, DecodeError, decodeBatch, readByLibrary } from './decode.js'
import { encodeBatch, type Table } from './encode.js'
import { readStream } from './stream.js'

const ROWS = 50

const meta: BatchMeta = {
  schema_version: SCHEMA_VERSION,
  instance: 'stream',
  sequence: 3,
  cluster: 'c',
  node: 'n',
  realm: 'r',
  zone: 'zone-ä',
  region: '',
  agent_version: '',
  produced: { rows: 50, batches: 3 },
  dropped: {},
}

let seed = 1
const random = (n: number) => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
  return Math.floor((seed / 2 ** 32) * n)
}

const words = ['', 'a', 'ä', '\ufeffmark', 'x'.repeat(200), 'nul\0', 'service-7', '😀']

function cellsOf(kind: ColumnKind): ColumnData {
  const data = emptyColumn(kind, ROWS)
  if (kind === 'string') {
    const values = Array.from({ length: 1 + random(9) }, (_, i) => `${words[random(words.length)]}${i === 0 ? '' : i}`)
    return { values, indices: Int32Array.from({ length: ROWS }, () => random(values.length)) }
  }
  if (kind === 'ips') {
    const offsets = new Int32Array(ROWS + 1)
    for (let row = 0; row < ROWS; row++) offsets[row + 1] = (offsets[row] as number) + random(3)
    return { offsets, bytes: Uint8Array.from({ length: (offsets[ROWS] as number) * 16 }, () => random(256)) }
  }
  if (data instanceof BigUint64Array) return data.map(() => BigInt(random(2 ** 32)) ** 2n)
  if (data instanceof BigInt64Array) return data.map(() => BigInt(random(2 ** 32)) * 1000n)
  return (data as Uint32Array).map(() => random(2 ** 32))
}

const tables = {
  flows: { table: flowColumns as Table<string>, names: agentColumnNames as readonly string[] },
  dns: { table: dnsColumns as Table<string>, names: dnsAgentColumnNames as readonly string[] },
}

function written({ table, names }: (typeof tables)['flows']): Uint8Array<ArrayBuffer> {
  const columns = Object.fromEntries(names.map((name) => [name, cellsOf((table[name] as { kind: ColumnKind }).kind)]))
  return encodeBatch(table, names, { meta, rows: ROWS, columns })
}

/** What is in a message, or the code of its error. */
function outcome(read: () => DecodedTable<string>): DecodedTable<string> | string {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    return (error as DecodeError).code
  }
}

describe.each(Object.keys(tables) as (keyof typeof tables)[])('a message of %s, read without the library', (of) => {
  const { table, names } = tables[of]

  it('says what the library reads in it', () => {
    for (let i = 0; i < 20; i++) {
      const bytes = written(tables[of])
      expect(readStream(table, names, bytes)).toBeDefined()
      expect(decodeBatch(table, names, bytes)).toEqual(readByLibrary(table, names, bytes))
    }
  })

  it('says so of a reader that knows fewer columns, others and in another order', () => {
    const some = names.filter((_, i) => i % 3 !== 0).reverse()
    const bytes = written(tables[of])
    const [few, all] = [decodeBatch(table, some, bytes), readByLibrary(table, some, bytes)]
    expect(few).toEqual(all)
    expect(few.unknown.length).toBe(names.length - some.length)
    expect(readStream(table, some, bytes)).toBeDefined()
  })

  it('says so of each version that ever was on the bus', () => {
    const folder = new URL('../../test/fixtures/wire/', import.meta.url)
    const files = readdirSync(folder).filter((name) => name.startsWith(`${of}-`))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const bytes = readFileSync(new URL(file, folder))
      expect(readStream(table, names, bytes)).toBeDefined()
      expect(decodeBatch(table, names, bytes)).toEqual(readByLibrary(table, names, bytes))
    }
  })

  it('is left to the library where it is written otherwise', () => {
    const [batch] = [...RecordBatchReader.from(written(tables[of]))] as RecordBatch[]
    const rewritten = (...batches: RecordBatch[]) => {
      const writer = new RecordBatchStreamWriter()
      for (const one of batches) writer.write(one)
      writer.finish()
      return writer.toUint8Array(true)
    }
    const whole = batch as RecordBatch
    const usual = rewritten(whole)
    expect(decodeBatch(table, names, usual)).toEqual(readByLibrary(table, names, usual))
    for (const bytes of [rewritten(whole, whole), rewritten(whole.slice(3, 9)), rewritten(whole.slice(0, 0))]) {
      const [own, library] = [
        outcome(() => decodeBatch(table, names, bytes)),
        outcome(() => readByLibrary(table, names, bytes)),
      ]
      expect(own).toEqual(library)
    }
    expect(readStream(table, names, rewritten(whole, whole))).toBeUndefined()
    expect(readStream(table, names, written(tables[of]).subarray(0, 5000))).toBeUndefined()
    expect(readStream(table, names, new Uint8Array(0))).toBeUndefined()
  })

  it('never reads anything else than the library, whatever is flipped', () => {
    const good = written(tables[of])
    const metadata = good.length - 3000
    let [alike, refused, lenient] = [0, 0, 0]
    for (let round = 0; round < 1500; round++) {
      const bytes = good.slice(0, random(9) === 0 ? random(good.length) : good.length)
      for (let flips = 1 + random(3); flips > 0 && bytes.length > 0; flips--)
        bytes[random(random(2) === 0 ? Math.min(metadata, bytes.length) : bytes.length)] = random(256)
      if (readStream(table, names, bytes) === undefined) {
        refused++
        continue
      }
      const library = outcome(() => readByLibrary(table, names, bytes))
      // What is flipped may be of no column: that the library reads all the same, and stumbles.
      const own = outcome(() => decodeBatch(table, names, bytes))
      if (typeof library === 'string' && own !== library) lenient++
      else {
        expect(own).toEqual(library)
        alike++
      }
    }
    expect(alike).toBeGreaterThan(150)
    expect(lenient).toBeLessThan(15)
    expect(refused).toBeGreaterThan(150)
  })
})
