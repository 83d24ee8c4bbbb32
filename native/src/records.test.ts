import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RecordKind, Side } from './constants.js'
import { RecordBatch } from './records.js'
import type { Layout } from './types.js'

interface Fixture {
  layout: Layout
  port: number
  pid: number
  length: number
  base64: string
}

/** Recorded from a real kernel by test/fixtures/record.mjs. */
const fixture: Fixture = JSON.parse(readFileSync(new URL('../test/fixtures/records.json', import.meta.url), 'utf8'))

function batch(change?: (bytes: Uint8Array) => void): RecordBatch {
  const bytes = new Uint8Array(Buffer.from(fixture.base64, 'base64'))
  change?.(bytes)
  return new RecordBatch(fixture.layout, bytes.buffer, fixture.length)
}

function column<A extends { [i: number]: number | bigint }>(
  records: RecordBatch,
  { array, first, step }: { array: A; first: number; step: number },
): A[number][] {
  return Array.from({ length: records.length }, (_, i) => array[first + i * step] as A[number])
}

describe('records', () => {
  it('reads what the kernel wrote', () => {
    const records = batch()
    const kinds = column(records, records.u8('kind'))
    const sides = column(records, records.u8('side'))
    expect([...kinds].sort()).toEqual([
      RecordKind.Close,
      RecordKind.Close,
      RecordKind.Close,
      RecordKind.Close,
      RecordKind.Close,
      RecordKind.Walk,
      RecordKind.Walk,
      RecordKind.Listener,
      RecordKind.Listen,
      RecordKind.Unlisten,
    ])
    const established = column(records, records.u64Big('established_ns'))
    const clients = [...kinds.keys()].filter((i) => kinds[i] === RecordKind.Close && sides[i] === Side.Client)
    expect(clients.map((i) => column(records, records.u64Big('bytes_sent'))[i])).toEqual([1111n, 500n, 0n])
    expect(clients.map((i) => column(records, records.u64Big('bytes_received'))[i])).toEqual([2222n, 2222n, 0n])
    expect(clients.map((i) => column(records, records.u16('err'))[i])).toEqual([0, 0, 111])
    expect(clients.map((i) => established[i] === 0n)).toEqual([false, false, true])
    expect(new Set(column(records, records.u32('pid')))).toEqual(new Set([fixture.pid]))
    expect(clients.map((i) => column(records, records.u16('remote_port'))[i])).toEqual(Array(3).fill(fixture.port))
    expect(records.string('exe', 0)).toBe('node')
    expect(Buffer.from(records.bytes('local_ip', 0)).toString('hex')).toBe('00000000000000000000ffff7f000001')
  })

  it('gives a u64 as two words', () => {
    const records = batch()
    const { lo, hi } = records.u64('time_ns')
    const words = column(records, lo).map((low, i) => low + (column(records, hi)[i] as number) * 2 ** 32)
    expect(words.map(BigInt)).toEqual(column(records, records.u64Big('time_ns')))
  })

  it('ends a string at NUL or at the end of its field, and replaces what cannot be shown', () => {
    const comm = fixture.layout.fields.find(({ name }) => name === 'comm')!
    const text = (...bytes: number[]) =>
      batch((all) => all.set([...bytes, ...Array(comm.size).fill(0)].slice(0, comm.size), comm.offset)).string(
        'comm',
        0,
      )
    expect(text(0x61, 0x62, 0, 0x63)).toBe('ab')
    expect(text()).toBe('')
    expect(text(...Array(comm.size).fill(0x78))).toBe('x'.repeat(comm.size))
    expect(text(0x61, 0xff, 0x62)).toBe('a\ufffdb')
    expect(text(0x1b, 0x5b, 0x6d, 0x0a, 0x7f)).toBe('\ufffd[m\ufffd\ufffd')
    expect(text(0xc3, 0xa4)).toBe('ä')
  })

  it('refuses a field that is not there or of another kind, and a record out of range', () => {
    const records = batch()
    expect(() => records.u32('nothing')).toThrow('records have no u32 field nothing')
    expect(() => records.u32('cookie')).toThrow('records have no u32 field cookie')
    expect(() => records.string('comm', records.length)).toThrow(RangeError)
    expect(() => records.bytes('local_ip', -1)).toThrow(RangeError)
  })

  it('refuses more records than there are bytes', () => {
    const { buffer, length, stride } = batch()
    expect(() => new RecordBatch(fixture.layout, buffer, length + 1)).toThrow(
      `${length + 1} records of ${stride} bytes are more than the ${buffer.byteLength} bytes that there are`,
    )
    expect(() => new RecordBatch(fixture.layout, buffer, -1)).toThrow(RangeError)
    expect(() => new RecordBatch(fixture.layout, buffer, 0.5)).toThrow(RangeError)
    expect(new RecordBatch(fixture.layout, buffer, length - 1)).toHaveLength(length - 1)
  })
})
