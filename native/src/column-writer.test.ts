import { describe, expect, it } from 'vitest'
import { addon } from './addon.js'
import { type ColumnStep, ColumnWriter } from './column-writer.js'

const { layout } = addon()
const MOST = 256
const ROWS = 400
const ENTRIES = 50
const OWNERS = 9

/** Numbers below n, the same for each seed. */
function randomOf(seed: number) {
  let state = seed
  return (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % n
  }
}

/** Records of random bytes, with rows of some of them. */
function ground(seed: number, length: number) {
  const random = randomOf(seed)
  const records = Uint8Array.from({ length: MOST * layout.stride }, () => random(256))
  const view = new DataView(records.buffer)
  const base = Int32Array.from({ length: MOST }, (_, r) => (((r * 7) % MOST) * layout.stride) / 4)
  const offset = (name: string) => layout.fields.find((field) => field.name === name)!.offset
  // Numbers as they are in use: JavaScript's are exact up to 2^53.
  for (let i = 0; i < MOST; i++)
    for (const { kind, offset } of layout.fields)
      if (kind === 'u64') view.setUint16(i * layout.stride + offset + 6, random(16), true)
  // An entry has one row at most, but for 0.
  const entry = Int32Array.from({ length: MOST }, (_, r) => (r < ENTRIES && r % 3 > 0 ? r : 0))
  const owner = Uint16Array.from({ length: MOST }, () => random(OWNERS))
  const at = (r: number, name: string) => base[r]! * 4 + offset(name)
  const u32 = (r: number, name: string) => view.getUint32(at(r, name), true)
  const u64 = (r: number, name: string) => Number(view.getBigUint64(at(r, name), true))
  return { random, records, view, sources: { base, entry, owner }, at, u32, u64, length }
}

const writer = ({ sources }: ReturnType<typeof ground>, ...steps: ColumnStep[]) =>
  new ColumnWriter(layout, sources, steps)

describe.each([
  [1, 1],
  [2, 64],
  [3, MOST],
])('columns of blocks (seed %i, %i rows)', (seed, length) => {
  const FIRST = 33
  const rows = Array.from({ length }, (_, r) => r)

  it('are fields as they are, of 1 to 16 bytes', () => {
    const g = ground(seed, length)
    const state = new Uint8Array(ROWS).fill(9)
    const port = new Uint16Array(ROWS)
    const netns = new Uint32Array(ROWS)
    const cookie = new Uint32Array(ROWS * 2)
    const ip = new Uint32Array(ROWS * 4)
    const ecn = new Uint8Array(ROWS)
    const columns = writer(
      g,
      { rule: 'copy', field: 'state', to: state },
      { rule: 'copy', field: 'local_port', to: port },
      { rule: 'copy', field: 'netns', to: netns },
      { rule: 'copy', field: 'cookie', to: cookie },
      { rule: 'copy', field: 'local_ip', to: ip },
      { rule: 'some', field: 'ecn', to: ecn },
    )
    g.records[g.at(0, 'ecn')] = 0
    expect(columns.write(g.records.buffer, length, FIRST)).toBe(0)
    for (const r of rows) {
      const row = FIRST + r
      expect(state[row]).toBe(g.view.getUint8(g.at(r, 'state')))
      expect(port[row]).toBe(g.view.getUint16(g.at(r, 'local_port'), true))
      expect(netns[row]).toBe(g.u32(r, 'netns'))
      expect(cookie[row * 2]! + cookie[row * 2 + 1]! * 2 ** 32).toBe(g.u64(r, 'cookie'))
      for (let w = 0; w < 4; w++) expect(ip[row * 4 + w]).toBe(g.view.getUint32(g.at(r, 'local_ip') + w * 4, true))
      expect(ecn[row]).toBe(g.records[g.at(r, 'ecn')] === 0 ? 0 : 1)
    }
    // Nothing beside the rows.
    expect(state.filter((value, row) => value !== 9 && (row < FIRST || row >= FIRST + length))).toEqual(
      new Uint8Array(),
    )
  })

  it('are increases, which are kept but for entry 0; none is below zero', () => {
    const g = ground(seed, length)
    const [wide, narrow, short] = [new Float64Array(MOST), new Uint32Array(ROWS), new Uint32Array(ROWS)]
    const waits = new Uint32Array(ROWS * 2)
    const last = {
      bytes: Float64Array.from({ length: ENTRIES }, () => g.random(2 ** 20) * 2 ** 32),
      drops: Uint32Array.from({ length: ENTRIES }, () => g.random(2 ** 24) * 256),
      windows: Uint16Array.from({ length: ENTRIES }, () => g.random(2 ** 16)),
      ms: Uint32Array.from({ length: ENTRIES }, () => g.random(2 ** 24) * 256),
    }
    const before = structuredClone(last)
    const columns = writer(
      g,
      { rule: 'increase', field: 'bytes_sent', to: wide, aside: true, last: last.bytes },
      { rule: 'increase', field: 'drops', to: narrow, last: last.drops },
      { rule: 'increase', field: 'zero_windows_tx', to: short, last: last.windows },
      { rule: 'increase-ms', field: 'busy_us', to: waits, last: last.ms },
    )
    const clamped = columns.write(g.records.buffer, length, FIRST)
    let expected = 0
    const step = (value: number, most: number) => {
      if (value >= 0 && value < most) return value
      expected++
      return 0
    }
    for (const r of rows) {
      const e = g.sources.entry[r]!
      const row = FIRST + r
      const bytes = g.u64(r, 'bytes_sent')
      const drops = g.u32(r, 'drops')
      const windows = g.u32(r, 'zero_windows_tx') & 0xffff
      const ms = Math.floor(g.u64(r, 'busy_us') / 1000) >>> 0
      expect(wide[r]).toBe(step(bytes - before.bytes[e]!, Number.POSITIVE_INFINITY))
      expect(narrow[row]).toBe(step((drops - before.drops[e]!) >>> 0, 2 ** 31))
      expect(short[row]).toBe(step((windows - before.windows[e]!) & 0xffff, 2 ** 15))
      expect(waits[row * 2]! + waits[row * 2 + 1]! * 2 ** 32).toBe(step((ms - before.ms[e]!) >>> 0, 2 ** 31) * 1000)
      const now =
        e === 0 ? [before.bytes[0], before.drops[0], before.windows[0], before.ms[0]] : [bytes, drops, windows, ms]
      expect([last.bytes[e], last.drops[e], last.windows[e], last.ms[e]]).toEqual(now)
    }
    expect(clamped).toBe(expected)
  })

  it('are what an owner has, and numbers made before', () => {
    const g = ground(seed, length)
    const flags = Uint8Array.from({ length: OWNERS }, (_, n) => n)
    const pids = Uint32Array.from({ length: OWNERS }, (_, n) => n * 1000)
    const starts = Uint32Array.from({ length: OWNERS * 2 }, (_, n) => n)
    const numbers = Float64Array.from({ length: MOST }, (_, r) => r * 2 ** 40 + 0.7)
    const [flag, pid] = [new Uint8Array(ROWS), new Uint32Array(ROWS)]
    const [start, number] = [new Uint32Array(ROWS * 2), new Uint32Array(ROWS * 2)]
    writer(
      g,
      { rule: 'pick', width: 1, from: flags, to: flag },
      { rule: 'pick', width: 4, from: pids, to: pid },
      { rule: 'pick', width: 8, from: starts, to: start },
      { rule: 'whole', from: numbers, to: number },
    ).write(g.records.buffer, length, FIRST)
    for (const r of rows) {
      const row = FIRST + r
      const n = g.sources.owner[r]!
      expect([flag[row], pid[row], start[row * 2], start[row * 2 + 1]]).toEqual([n, n * 1000, n * 2, n * 2 + 1])
      expect(number[row * 2]! + number[row * 2 + 1]! * 2 ** 32).toBe(r * 2 ** 40)
    }
  })
})

describe('a writer of columns', () => {
  const g = ground(1, MOST)
  const last = new Uint32Array(ENTRIES)
  const narrow = () => {
    const to = new Uint32Array(ROWS)
    const columns = writer(
      g,
      { rule: 'increase', field: 'drops', to, last },
      { rule: 'pick', width: 4, from: new Uint32Array(OWNERS), to },
    )
    return { to, columns }
  }

  it.each<[string, () => void, number, number]>([
    ['rows behind the columns', () => {}, 2, ROWS - 1],
    ['more rows than sources', () => {}, MOST + 1, 0],
    ['a record behind the last', () => (g.sources.base[1] = ((MOST - 1) * layout.stride) / 4 + 1), 2, 0],
    ['a record before the first', () => (g.sources.base[1] = -1), 2, 0],
    ['an entry that is not kept', () => (g.sources.entry[1] = ENTRIES), 2, 0],
    ['an owner that is not there', () => (g.sources.owner[1] = OWNERS), 2, 0],
  ])('writes nothing for %s', (_, spoil, length, first) => {
    const { to, columns } = narrow()
    const sound = [g.sources.base[1]!, g.sources.entry[1]!, g.sources.owner[1]!] as const
    spoil()
    expect(() => columns.write(g.records.buffer, length, first)).toThrow(RangeError)
    expect(to).toEqual(new Uint32Array(ROWS))
    ;[g.sources.base[1], g.sources.entry[1], g.sources.owner[1]] = sound
    columns.write(g.records.buffer, 2, 0)
  })

  it.each(['to', 'last'] as const)('writes nothing where `%s` has been transferred', (name) => {
    const arrays = { to: new Uint32Array(ROWS), last: new Uint32Array(ENTRIES) }
    const columns = writer(g, { rule: 'increase', field: 'drops', ...arrays })
    columns.write(g.records.buffer, 2, 0)
    arrays[name].buffer.transfer()
    expect(() => columns.write(g.records.buffer, 2, 0)).toThrow(RangeError)
  })

  it('writes none of no records', () => {
    expect(() => narrow().columns.write(new ArrayBuffer(0), 1, 0)).toThrow(RangeError)
  })

  it.each<[string, ColumnStep]>([
    ['a field that there is not', { rule: 'copy', field: 'weight', to: new Uint32Array(1) }],
    ['a field that is no number', { rule: 'copy', field: 'exe', to: new Uint32Array(8) }],
    ['a column of wider elements', { rule: 'copy', field: 'local_port', to: new Uint32Array(1) }],
    ['more than a byte to judge', { rule: 'some', field: 'local_port', to: new Uint8Array(1) }],
    ['a counter of 64 bits in 32', { rule: 'increase', field: 'bytes_sent', to: new Uint32Array(1), last }],
    ['a time in words of 32 bits', { rule: 'increase-ms', field: 'srtt_us', to: new Uint32Array(2), last }],
  ])('refuses %s', (_, step) => {
    expect(() => writer(g, step)).toThrow(TypeError)
  })
})
