import { randomBytes } from 'node:crypto'
import type { ColumnArrays, ColumnKind, Dictionary, Lists } from '@headwater/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestStore, type TestStore } from '../testing/index.js'
import { encodeNative, type NativeColumn } from './encode.js'
import { clickhouseTypes } from './types.js'

const kinds = Object.keys(clickhouseTypes) as ColumnKind[]

let store: TestStore
beforeAll(async () => {
  store = await startTestStore()
})
afterAll(() => store?.stop())
beforeEach(async () => {
  const columns = kinds.map((kind) => `c_${kind} ${clickhouseTypes[kind]}`).join(', ')
  await store.admin.command('DROP TABLE IF EXISTS headwater.kinds')
  await store.admin.command(`CREATE TABLE headwater.kinds (n UInt32, ${columns}) ENGINE = MergeTree ORDER BY n`)
})

const strings = (rows: number, distinct: number): Dictionary => ({
  indices: Int32Array.from({ length: rows }, (_, row) => row % distinct),
  values: Array.from({ length: distinct }, (_, i) =>
    i === 0 ? '' : `value ${i} ${['', 'é', '€', '😀'][i % 4]} ${'x'.repeat(i % 90)}`,
  ),
})

const random = (bytes: number): ArrayBuffer => {
  const copy = new ArrayBuffer(bytes)
  new Uint8Array(copy).set(randomBytes(bytes))
  return copy
}

/** A column of one part. */
type Whole = { [K in ColumnKind]: { name: string; kind: K; data: ColumnArrays[K] } }[ColumnKind]

/** Random bits everywhere; the first rows hold the ends of each type's range. */
function block(rows: number, distinct: number): Whole[] {
  const time = BigInt64Array.from({ length: rows }, (_, row) => 1_700_000_000_000n + BigInt(row) * 977n)
  const u64 = new BigUint64Array(random(rows * 8))
  const [u8, u16, u32] = [
    new Uint8Array(random(rows)),
    new Uint16Array(random(rows * 2)),
    new Uint32Array(random(rows * 4)),
  ]
  const bool = Uint8Array.from({ length: rows }, (_, row) => row % 2)
  const ip = new Uint8Array(random(rows * 16))
  if (rows > 2) {
    u64.set([0n, 2n ** 64n - 1n, 2n ** 63n])
    u32.set([0, 2 ** 32 - 1])
    u16.set([0, 65_535])
    u8.set([0, 255])
    time.set([0n, 4_102_444_799_999n])
    ip.fill(0, 0, 16)
    ip.fill(255, 16, 32)
  }
  const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => Math.floor((row * 3) / 2))
  const ips = { offsets, bytes: new Uint8Array(random((offsets[rows] as number) * 16)) }
  const data = { ips, bool, u8, u16, u32, u64, time, ip, string: strings(rows, distinct) }
  return [
    { name: 'n', kind: 'u32', data: Uint32Array.from({ length: rows }, (_, row) => row) },
    ...kinds.map((kind) => ({ name: `c_${kind}`, kind, data: data[kind] }) as Whole),
  ]
}

/** Some rows of a column: of texts, with a dictionary of their own, in another order. */
function cut({ kind, data }: Whole, from: number, to: number): ColumnArrays[ColumnKind] {
  if (kind === 'ips') {
    const offsets = data.offsets.subarray(from, to + 1)
    return { offsets: offsets.map((offset) => offset - (offsets[0] as number)), bytes: itemsOf(data, from, to) }
  }
  if (kind !== 'string') return data.subarray(kind === 'ip' ? from * 16 : from, kind === 'ip' ? to * 16 : to)
  const used = [...new Set(data.indices.subarray(from, to))].reverse()
  const place = new Map(used.map((index, i) => [index, i]))
  return {
    indices: data.indices.subarray(from, to).map((index) => place.get(index) as number),
    values: used.map((index) => data.values[index] as string),
  }
}

const itemsOf = ({ offsets, bytes }: Lists, from: number, to: number): Uint8Array =>
  bytes.subarray((offsets[from] as number) * 16, (offsets[to] as number) * 16)

/** A block that is cut into parts where it is said. */
function parted(columns: readonly Whole[], rows: number, cuts: readonly number[]): [NativeColumn[], number[]] {
  const ends = [0, ...cuts, rows]
  const spans = ends.slice(1).map((to, i) => [ends[i] as number, to] as const)
  const all = columns.map((column) => {
    const { name, kind } = column
    return { name, kind, data: spans.map(([from, to]) => cut(column, from, to)) } as NativeColumn
  })
  return [all, spans.map(([from, to]) => to - from)]
}

const whole = (columns: readonly Whole[]) =>
  columns.map(({ name, kind, data }) => ({ name, kind, data: [data] }) as NativeColumn)

const fullAddress = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

const addressesOf = (bytes: Uint8Array): string[] =>
  Array.from({ length: bytes.length / 16 }, (_, i) => fullAddress(bytes.subarray(i * 16, i * 16 + 16)))

/** Each column as the server gives it back: text for what a JSON number cannot hold. */
async function readBack(): Promise<Record<string, unknown[]>> {
  const { columns } = await store.query.query(
    `SELECT c_bool, c_u8, c_u16, c_u32, toString(c_u64) AS c_u64, toString(toUnixTimestamp64Milli(c_time)) AS c_time,
            hex(c_ip) AS c_ip, arrayMap(a -> hex(a), c_ips) AS c_ips, c_string FROM kinds ORDER BY n`,
  )
  return columns
}

const expected = ({ kind, data }: Whole): unknown[] =>
  kind === 'string'
    ? Array.from(data.indices, (index) => data.values[index])
    : kind === 'ips'
      ? Array.from({ length: data.offsets.length - 1 }, (_, row) =>
          addressesOf(data.bytes.subarray((data.offsets[row] as number) * 16, (data.offsets[row + 1] as number) * 16)),
        )
      : kind === 'ip'
        ? Array.from({ length: data.length / 16 }, (_, row) => fullAddress(data.subarray(row * 16, row * 16 + 16)))
        : kind === 'u64' || kind === 'time'
          ? Array.from(data as BigUint64Array, String)
          : Array.from(data as Uint8Array)

describe('encodeNative into a real server', () => {
  it.each([
    { rows: 0, distinct: 1, cuts: [] },
    { rows: 1, distinct: 1, cuts: [] },
    { rows: 3, distinct: 2, cuts: [] },
    { rows: 3, distinct: 2, cuts: [0, 1, 1, 3] },
    { rows: 1_000, distinct: 256, cuts: [] },
    { rows: 1_000, distinct: 256, cuts: [1, 300, 999] },
    { rows: 1_000, distinct: 257, cuts: [700] },
    { rows: 70_000, distinct: 65_536, cuts: [] },
    { rows: 70_000, distinct: 65_536, cuts: [10, 40_000] },
    { rows: 100_000, distinct: 70_000, cuts: [33_333, 66_666] },
  ])(
    'keeps every value of $rows rows with $distinct distinct strings, cut at $cuts',
    async ({ rows, distinct, cuts }) => {
      const columns = block(rows, distinct)
      await store.ingest.insertNative('kinds', encodeNative(...parted(columns, rows, cuts)))
      const back = await readBack()
      for (const column of columns.slice(1)) {
        const values = back[column.name] ?? []
        expect(values.length).toBe(rows)
        const wrong = expected(column).findIndex((value, row) => String(value) !== String(values[row]))
        expect({ column: column.name, wrong }).toEqual({ column: column.name, wrong: -1 })
      }
    },
  )

  it('refuses a block whose columns the table does not have', async () => {
    const bad = encodeNative([{ name: 'nowhere', kind: 'u8', data: [new Uint8Array(1)] }], [1])
    await expect(store.ingest.insertNative('kinds', bad)).rejects.toMatchObject({ code: 'schema', retryable: false })
  })

  it('refuses half a block and takes none of it', async () => {
    const all = encodeNative(whole(block(1_000, 10)), [1_000])
    await expect(store.ingest.insertNative('kinds', all.subarray(0, all.length >> 1))).rejects.toMatchObject({
      retryable: false,
    })
    expect((await store.query.query('SELECT count() AS n FROM kinds')).columns).toEqual({ n: [0] })
  })
})
