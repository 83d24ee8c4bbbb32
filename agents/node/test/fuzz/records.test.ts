// Any bytes in the place of the kernel's records become rows, or are counted as what they are not: no exception, no row too many, no value
// that the bus or the store would choke on. `npm run fuzz` tries a hundred times as many; HEADWATER_FUZZ_SEED tries the same ones again.
import { readFileSync } from 'node:fs'
import {
  type BusMessage,
  type Dictionary,
  decodeDnsBatch,
  decodeFlowBatch,
  endpointSchema,
  topics,
} from '@headwater/contracts'
import { type Layout, RecordBatch, RecordKind } from '@headwater/native'
import { describe, expect, it } from 'vitest'
import { Pipeline } from '../../src/pipeline.js'
import { Tally } from '../../src/report/tally.js'
import { dnsLayout } from '../../src/testing/flow-layout.js'
import { soundMessage } from './dns-messages.js'
import { mutated } from './mutate.js'
import { inputs, type Random, seeded, timeout } from './random.js'

const fixture = JSON.parse(readFileSync(new URL('../fixtures/ring.json', import.meta.url), 'utf8')) as {
  layout: Layout
  records: string
}
const { layout } = fixture
const recorded = new Uint8Array(Buffer.from(fixture.records, 'base64'))
/** Records of one turn. */
const TURN = 100
const MOST_CONNECTIONS = 256
const OFFSET_MS = 1_750_000_000_000
/** The ends of what a field can hold, and what a number of 64 bits can no longer tell apart. */
const EDGES = [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]

const offsetOf = (of: Layout, name: string) => of.fields.find((field) => field.name === name)!.offset

/** A record: recorded, with faults; with edges for numbers; or any bytes. */
function anyRecord(random: Random): Uint8Array {
  const { stride, fields } = layout
  if (random.once(3)) return random.bytes(stride)
  const at = random.below(recorded.length / stride) * stride
  const record = recorded.slice(at, at + stride)
  const view = new DataView(record.buffer)
  for (let faults = random.below(8); faults > 0; faults--) {
    const { offset, kind, size } = random.of(fields)
    const edge = random.of(EDGES)
    if (kind === 'u64') view.setBigUint64(offset, edge, true)
    else if (kind === 'u32') view.setUint32(offset, Number(edge & 0xffffffffn), true)
    else record.set(random.bytes(size), offset)
  }
  return record
}

/** A turn's records. Cookies come again, so that they meet the state that others left. */
function turn(random: Random, kinds: readonly number[]): { buffer: ArrayBuffer; kinds: number[] } {
  const buffer = new ArrayBuffer(TURN * layout.stride)
  const all = new Uint8Array(buffer)
  const seen: number[] = []
  for (let i = 0; i < TURN; i++) {
    all.set(anyRecord(random), i * layout.stride)
    const view = new DataView(buffer, i * layout.stride)
    if (!random.once(4)) {
      for (const name of ['cookie', 'conversation'])
        view.setBigUint64(offsetOf(layout, name), BigInt(random.below(3000)), true)
      view.setBigUint64(offsetOf(layout, 'time_ns'), BigInt(random.below(2 ** 31)) * 1000n, true)
    }
    seen.push(random.of(kinds))
    view.setUint8(offsetOf(layout, 'kind'), seen.at(-1)!)
  }
  return { buffer, kinds: seen }
}

const nothing = { rows: 0, dnsRows: 0, answered: 0, faults: [] as string[] }

/** What goes to the bus, as ingest reads it: reading checks the types; the values are looked at here. */
function onBus(messages: readonly BusMessage[]): typeof nothing {
  const told = { ...nothing, faults: [] as string[] }
  for (const { topic, value } of messages) {
    if (topic === topics.endpoints) endpointSchema.parse(JSON.parse(Buffer.from(value).toString()))
    else if (topic === topics.dns) {
      const { rows, columns } = decodeDnsBatch(value)
      told.dnsRows += rows
      told.answered += (columns.timed_out as Uint8Array).filter((n) => n === 0).length
    } else {
      const { rows, columns } = decodeFlowBatch(value)
      told.rows += rows
      for (const [name, column] of Object.entries(columns)) {
        const texts = (column as Dictionary).values as string[] | undefined
        const unsafe = Array.isArray(texts)
          ? texts.find((text) => /\p{Cc}/u.test(text) || text.length > 253)
          : undefined
        if (unsafe !== undefined) told.faults.push(`${name}: ${JSON.stringify(unsafe)}`)
      }
      for (const name of ['open', 'connects', 'accepts', 'closes', 'failures', 'partial', 'self'] as const)
        if ((columns[name] as Uint8Array).some((n) => n > 1)) told.faults.push(`${name} over 1`)
    }
  }
  return told
}

class Taken {
  readonly pipeline: Pipeline
  readonly sum = { ...nothing, faults: [] as string[] }

  constructor() {
    this.pipeline = new Pipeline({
      identity: { cluster: 'fuzz', node: 'node-1', realm: 'fuzz', zone: '', region: '' },
      instance: 'fuzz-1',
      version: '0',
      // Fewer than there are cookies: what finds no room is counted.
      maxConnections: MOST_CONNECTIONS,
      selfPids: () => new Set([1, 2, 3]),
      tally: new Tally(),
      connected: () => true,
      readProc: () => undefined,
      reasons: () => ({ drop: [], reset: [] }),
      send: ({ messages }) => {
        const { faults, ...numbers } = onBus(messages)
        for (const name of ['rows', 'dnsRows', 'answered'] as const) this.sum[name] += numbers[name]
        this.sum.faults.push(...faults)
      },
    })
  }

  counter(name: string): number {
    return this.pipeline.counters()[`agent.${name}`] ?? 0
  }
}

const CONNECTIONS = [RecordKind.Close, RecordKind.Walk]
const DATAGRAMS = [RecordKind.Datagram, RecordKind.DatagramEnd]
const LISTENERS = [RecordKind.Listener, RecordKind.Listen, RecordKind.Unlisten]
const KNOWN = [...CONNECTIONS, ...DATAGRAMS, ...LISTENERS]
const ANY = Array.from({ length: 256 }, (_, kind) => kind)

describe('records of the ring', { timeout }, () => {
  /** Feeds turns of such kinds, and gives what became of them. */
  function feed(what: string, kinds: readonly number[], count: number) {
    const random = seeded(what)
    const taken = new Taken()
    let unknown = 0
    const turns = Math.ceil(inputs(count) / TURN)
    for (let n = 0; n < turns; n++) {
      const { buffer, kinds: seen } = turn(random, kinds)
      unknown += seen.filter((kind) => !(KNOWN as number[]).includes(kind)).length
      taken.pipeline.take(new RecordBatch(layout, buffer, TURN), layout, OFFSET_MS)
      if (n % 20 === 0) taken.pipeline.flush()
      if (n % 200 === 0) taken.pipeline.expire(OFFSET_MS + n, n * 1e9, 90_000)
    }
    taken.pipeline.flush()
    expect([...new Set(taken.sum.faults)].slice(0, 5)).toEqual([])
    expect([taken.counter('records'), taken.counter('unknown_kind')]).toEqual([turns * TURN, unknown])
    return taken
  }

  it('ends of connections: each is a row, or one of a handshake that did not end', () => {
    const taken = feed('close records', [RecordKind.Close], 20_000)
    expect(taken.sum.rows + taken.counter('embryonic_closes')).toBe(taken.counter('records'))
    expect(taken.sum.rows).toBeGreaterThan(0)
  })

  it('datagrams: each is a row, or out of order, or without room', () => {
    const taken = feed('datagram records', DATAGRAMS, 20_000)
    const others = taken.counter('out_of_order') + taken.counter('untracked')
    expect(taken.sum.rows + others).toBe(taken.counter('records'))
    expect(taken.sum.rows).toBeGreaterThan(0)
  })

  it('of all kinds, and of kinds that nobody knows: these are counted, and no row is made of them', () => {
    const taken = feed('records of any kind', [...ANY, ...Array(60).fill(KNOWN).flat()], 40_000)
    expect(taken.sum.rows).toBeGreaterThan(0)
    expect(taken.sum.rows).toBeLessThanOrEqual(taken.counter('records') - taken.counter('unknown_kind'))
    // State is bounded: one entry is for what is not kept.
    expect(taken.counter('connections')).toBeLessThan(MOST_CONNECTIONS)
    expect(taken.counter('untracked')).toBeGreaterThan(0)
  })

  it('of kinds that nobody knows alone: no row', () => {
    const taken = feed(
      'records of unknown kinds',
      ANY.filter((kind) => !(KNOWN as number[]).includes(kind)),
      10_000,
    )
    expect(taken.sum.rows).toBe(0)
  })
})

describe('records of DNS messages', { timeout }, () => {
  it('any of them: each is counted once as what became of it', () => {
    const random = seeded('DNS records')
    const taken = new Taken()
    const of = dnsLayout()
    const turns = Math.ceil(inputs(30_000) / TURN)
    const asked: Uint8Array[] = []
    for (let n = 0; n < turns; n++) {
      const buffer = new ArrayBuffer(TURN * of.stride)
      for (let i = 0; i < TURN; i++) {
        const bytes = new Uint8Array(buffer, i * of.stride, of.stride)
        const view = new DataView(buffer, i * of.stride, of.stride)
        if (random.once(4)) bytes.set(random.bytes(of.stride))
        // Half of the sound ones answer one that was asked before, and some are asked again. Their numbers are few.
        const answers = asked.length > 0 && random.once(2)
        const again = asked.length > 0 && random.once(8)
        const message = answers || again ? random.of(asked).slice() : soundMessage(random).bytes
        if (answers) message[2] = 0x81
        else if ((message[2]! & 0x80) === 0) {
          message.set([0, random.below(64)])
          asked[asked.length < 100 ? asked.length : random.below(100)] = message
        }
        const sent = random.once(3) ? mutated(message, random, 512) : message
        bytes.set(sent, offsetOf(of, 'message'))
        view.setUint8(offsetOf(of, 'answer'), answers ? 1 : 0)
        view.setUint32(offsetOf(of, 'captured'), random.once(20) ? random.below(2 ** 32) : sent.length, true)
        view.setBigUint64(offsetOf(of, 'cookie'), BigInt(random.below(4)), true)
        view.setBigUint64(offsetOf(of, 'time_ns'), BigInt(n) * 100_000_000n, true)
      }
      taken.pipeline.takeDns(new RecordBatch(of, buffer, TURN), of, OFFSET_MS)
      taken.pipeline.dns.expire(n * 100, OFFSET_MS)
      if (n % 10 === 0) taken.pipeline.flush()
    }
    // What still waits for an answer gets none.
    taken.pipeline.dns.expire((turns + 1000) * 100, OFFSET_MS)
    taken.pipeline.flush()
    const n = (name: string) => taken.counter(`dns_${name}`)
    expect(taken.sum.faults).toEqual([])
    expect([n('messages'), n('rows'), n('waiting')]).toEqual([turns * TURN, taken.sum.dnsRows, 0])
    const told = n('unreadable') + n('repeated') + n('unasked') + n('mismatched') + n('replaced') + n('overflowed')
    // Each row is a question; an answered one is an answer too.
    expect(n('messages') - told - n('rows')).toBe(taken.sum.answered)
    for (const some of [taken.sum.answered, n('unreadable'), n('unasked'), n('mismatched'), n('repeated')])
      expect(some).toBeGreaterThan(0)
  })
})
