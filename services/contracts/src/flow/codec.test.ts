import { readFileSync } from 'node:fs'
import {
  Dictionary as ArrowDictionary,
  type Data,
  Field,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  Vector,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { type BatchMeta, batchMetaSchema } from './batch.js'
import { MAX_LOSSES, SCHEMA_VERSION } from './bounds.js'
import { DecodeError, decodeFlowBatch, encodeFlowBatch, META_KEY } from './codec.js'
import type { Dictionary } from './column.js'
import { type AgentColumns, agentColumnNames, flowColumns } from './columns.js'

const meta: BatchMeta = {
  schema_version: SCHEMA_VERSION,
  instance: 'a1',
  sequence: 7,
  cluster: 'east',
  node: 'n1',
  realm: 'east',
  zone: 'z1',
  region: 'r1',
  agent_version: '0.1.0',
  produced: { rows: 30, batches: 7 },
  dropped: { 'ring-full': 2 },
}

/** Columns whose values are all different, so that a swap of two shows. */
function sample(rows: number): AgentColumns {
  const columns: Record<string, unknown> = {}
  agentColumnNames.forEach((name, c) => {
    const at = (i: number) => (c * 7 + i * 3 + 1) % 200
    switch (flowColumns[name].kind) {
      case 'bool':
      case 'u8':
        columns[name] = Uint8Array.from({ length: rows }, (_, i) => at(i))
        break
      case 'u16':
        columns[name] = Uint16Array.from({ length: rows }, (_, i) => 65535 - at(i))
        break
      case 'u32':
        columns[name] = Uint32Array.from({ length: rows }, (_, i) => 4294967295 - at(i))
        break
      case 'u64':
        columns[name] = BigUint64Array.from({ length: rows }, (_, i) => 2n ** 64n - 1n - BigInt(at(i)))
        break
      case 'time':
        columns[name] = BigInt64Array.from({ length: rows }, (_, i) => 1790000000000n + BigInt(at(i)))
        break
      case 'ip':
        columns[name] = Uint8Array.from({ length: rows * 16 }, (_, i) => at(i))
        break
      case 'string':
        columns[name] = {
          indices: Int32Array.from({ length: rows }, (_, i) => i % 3),
          values: ['', `${name}-ä`, `${name}-\u0000\n`],
        }
    }
  })
  return columns as unknown as AgentColumns
}

describe('flow batch as Arrow', () => {
  it.each([0, 1, 3, 1000])('comes back as it was, %i rows', (rows) => {
    const columns = sample(rows)
    const back = decodeFlowBatch(encodeFlowBatch({ meta, rows, columns }))
    expect(back.rows).toBe(rows)
    expect(back.meta).toEqual(meta)
    expect(back.unknown).toEqual([])
    expect(back.missing).toEqual([])
    for (const name of agentColumnNames) expect(back.columns[name], name).toEqual(columns[name])
  })

  it('goes where there is room for it, to the byte', () => {
    const batch = { meta, rows: 1000, columns: sample(1000) }
    const used = new Uint8Array(2 ** 20).fill(0xff)
    const message = encodeFlowBatch(batch, (bytes) => used.subarray(8, 8 + bytes))
    expect(message.buffer).toBe(used.buffer)
    expect(message).toEqual(encodeFlowBatch(batch))
  })

  it('reads a message that does not start at an aligned address', () => {
    const bytes = encodeFlowBatch({ meta, rows: 3, columns: sample(3) })
    for (const shift of [1, 2, 4]) {
      const shifted = new Uint8Array(bytes.length + shift)
      shifted.set(bytes, shift)
      expect(decodeFlowBatch(shifted.subarray(shift)).columns.tx_bytes).toEqual(sample(3).tx_bytes)
    }
  })

  it('still reads the batch that version 1 wrote', () => {
    const bytes = readFileSync(new URL('../../test/fixtures/flows-v1.arrow', import.meta.url))
    const back = decodeFlowBatch(bytes)
    expect(back.meta).toEqual(meta)
    expect(back.columns.tx_bytes).toEqual(sample(3).tx_bytes)
    expect(back.columns.process).toEqual(sample(3).process)
    expect(back.columns.local_ip).toEqual(sample(3).local_ip)
  })

  it('says losses, and an older reader takes the batch all the same', () => {
    const losses = { slots_taken: 4, 'recursion_misses.kfree_skb': 1 }
    const bytes = encodeFlowBatch({ meta: { ...meta, losses }, rows: 3, columns: sample(3) })
    const back = decodeFlowBatch(bytes)
    expect(back.meta).toEqual({ ...meta, losses })
    expect(back.columns.tx_bytes).toEqual(sample(3).tx_bytes)
    // The schema as it was before there were any.
    const told = /\{"schema_version".*?"losses":\{.*?\}\}/.exec(Buffer.from(bytes).toString('latin1'))?.[0] ?? ''
    expect(batchMetaSchema.omit({ losses: true }).parse(JSON.parse(told))).toEqual(meta)
  })

  it('reads the batch of the first agents that told of losses', () => {
    const bytes = readFileSync(new URL('../../test/fixtures/flows-losses.arrow', import.meta.url))
    const back = decodeFlowBatch(bytes)
    expect(back.meta).toEqual({ ...meta, losses: { conversations_full: 9, 'recursion_misses.tcp_send_reset': 2 } })
    expect([back.unknown, back.missing, back.columns.tx_bytes]).toEqual([[], [], sample(3).tx_bytes])
  })

  it.each([
    ['too many', Object.fromEntries(Array.from({ length: MAX_LOSSES + 1 }, (_, i) => [`loss-${i}`, 1]))],
    ['a long name', { ['x'.repeat(65)]: 1 }],
    ['a negative count', { slots_taken: -1 }],
  ])('refuses losses with %s', (_, losses) => {
    const bytes = encodeFlowBatch({ meta: { ...meta, losses }, rows: 3, columns: sample(3) })
    expect(() => decodeFlowBatch(bytes)).toThrow(expect.objectContaining({ code: 'bad-metadata' }))
  })

  it('reads the batch of an agent of 0.1.0: columns that came later are empty', () => {
    const bytes = readFileSync(new URL('../../test/fixtures/flows-0.1.0.arrow', import.meta.url))
    const { rows, missing, unknown, columns } = decodeFlowBatch(bytes)
    expect([rows, unknown]).toEqual([43, []])
    expect(missing).toEqual(
      expect.arrayContaining(['uid', 'comm', 'close_reason', 'rwnd_limited_us', 'zero_windows_tx']),
    )
    for (const name of missing) {
      const column = columns[name] as Dictionary | ArrayLike<number | bigint>
      if ('indices' in column) expect([column.values, new Set(column.indices)], name).toEqual([[''], new Set([0])])
      else expect(Number(Math.max(...Array.from(column, Number))), name).toBe(0)
    }
    expect(columns.closes.reduce((a, b) => a + b, 0)).toBeGreaterThan(0)
  })
})

describe('what is not a flow batch', () => {
  const good = encodeFlowBatch({ meta, rows: 3, columns: sample(3) })
  const code = (bytes: Uint8Array) => {
    try {
      decodeFlowBatch(bytes)
      return 'decoded'
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError)
      return (error as DecodeError).code
    }
  }

  it('is told apart', () => {
    expect(code(new Uint8Array(0))).toBe('not-one-batch')
    expect(code(new TextEncoder().encode('{"json": true}'))).toBe('not-arrow')
    expect(code(new Uint8Array(5 * 1024 * 1024))).toBe('too-large')
    expect(code(good.subarray(0, good.length - 300))).not.toBe('decoded')
  })

  it('is a dictionary index beyond its dictionary', () => {
    const columns = sample(3)
    columns.process.indices[1] = 99
    expect(code(encodeFlowBatch({ meta, rows: 3, columns }))).toBe('bad-column')
  })

  /** A message of one text column, `text`, and one known one, written as it is told. */
  const written = (rows: number, indices: Int32Array, dictionary: Data<Utf8>) => {
    const type = new ArrowDictionary(new Utf8(), new Int32(), 0)
    const column = makeData({ type, length: rows, nullCount: 0, data: indices, dictionary: new Vector([dictionary]) })
    const struct = new Struct([new Field('process', type, false)])
    const data = makeData({ type: struct, length: rows, nullCount: 0, children: [column] })
    const schema = new Schema(struct.children, new Map([[META_KEY, JSON.stringify(meta)]]))
    const writer = new RecordBatchStreamWriter()
    writer.write(new RecordBatch(schema, data))
    writer.finish()
    return writer.toUint8Array(true)
  }
  const texts = (length: number, offsets: number[]) =>
    makeData({
      type: new Utf8(),
      length,
      nullCount: 0,
      valueOffsets: Int32Array.from(offsets),
      data: Buffer.from('abc'),
    })

  /** Says another number wherever the message has this one in 64 bits. */
  const patched = (bytes: Uint8Array, number: bigint, other: bigint) => {
    const copy = bytes.slice()
    const view = new DataView(copy.buffer)
    for (let at = 0; at + 8 <= copy.length; at += 4)
      if (view.getBigUint64(at, true) === number) view.setBigUint64(at, other, true)
    return copy
  }

  it('says that there are more texts, indices or rows than it brings', () => {
    const good = written(13, new Int32Array(13), texts(7, [0, 1, 2, 3, 3, 3, 3, 3]))
    expect(code(good)).toBe('decoded')
    // They would be read one by one.
    expect(code(patched(good, 7n, 2n ** 31n - 1n))).toBe('bad-column')
    expect(code(patched(good, 13n, 100n))).toBe('bad-column')
    expect(code(patched(good, 13n, 2n ** 40n))).toBe('too-large')
    // The same bytes again and again, and bytes of others.
    expect(code(written(1, Int32Array.of(0), texts(3, [0, 3, 0, 3])))).toBe('bad-column')
    expect(code(written(1, Int32Array.of(0), texts(1, [0, 400])))).toBe('bad-column')
  })

  it('is a batch without identity', () => {
    const text = Buffer.from(good).toString('latin1')
    const broken = Buffer.from(text.replace('"instance":"a1"', '"instancX":"a1"'), 'latin1')
    expect(code(broken)).toBe('bad-metadata')
  })

  it('never throws anything but a DecodeError, whatever is flipped', () => {
    let seed = 1
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed % n
    }
    for (let round = 0; round < 2000; round++) {
      const bytes = good.slice(0, random(4) === 0 ? random(good.length) : good.length)
      for (let flips = 1 + random(4); flips > 0 && bytes.length > 0; flips--) bytes[random(bytes.length)] = random(256)
      code(bytes)
    }
  })
})
