import { decodeFlowBatch, topics } from '@headwater/contracts'
import { OwnerSource, RecordFlag, RecordKind, Side, SideSource } from '@headwater/native'
import { expect, test } from 'vitest'
import { Pipeline } from '../pipeline.js'
import { Tally } from '../report/tally.js'
import { flowLayout } from '../testing/flow-layout.js'
import { type Row, rowsOf } from '../testing/rows.js'
import { type RecordFields, syntheticRecords } from '../testing/synthetic-records.js'
import { BLOCK_ROWS } from './flow-block.js'
import { MOST_OWNERS } from './turn-owners.js'

const SECOND = 1_000_000_000
const RECORDS = 5 * BLOCK_ROWS
const layout = flowLayout()

/** Numbers below n, the same for each seed. */
function randomOf(seed: number) {
  let state = seed
  return (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % n
  }
}

/** Records of few sockets, so that one has many in a block: walks, ends, new beginnings, late and odd ones. */
function records(seed: number, length = RECORDS): RecordFields[] {
  const random = randomOf(seed)
  const of = <T>(...values: T[]): T => values[random(values.length)]!
  return Array.from({ length }, (_, n) => {
    const cookie = of(1, 2, 3, 1000 + random(2000))
    const time = (20 + n) * SECOND - of(0, 0, 0, 3 * SECOND)
    const count = (most: number) => n * most + random(most) - of(0, 0, 0, 5 * most)
    const counters = [
      'segs_out',
      'segs_in',
      'retransmits',
      'resets_tx',
      'resets_rx',
      'drops',
      'ce_packets',
      'reorderings',
    ]
    return {
      cookie,
      kind: of<number>(RecordKind.Close, RecordKind.Walk, RecordKind.Walk),
      time_ns: time,
      start_ns: of(0, 10 * SECOND, time - SECOND),
      established_ns: of(0, 11 * SECOND, 11 * SECOND),
      flags: of(0, 0, 0, RecordFlag.SlotTaken, RecordFlag.Preexisting, RecordFlag.OwnerUncertain),
      old_state: of(1, 2, 3, 5, 9),
      err: of(0, 0, 104, 111),
      side: of<number>(Side.Unknown, Side.Client, Side.Server, Side.Peer),
      side_source: of<number>(SideSource.Socket, SideSource.Walk),
      netns: 1,
      local_ip: '10.0.0.1',
      remote_ip: of('10.0.0.2', 'fd00::2'),
      local_port: of(80, 40_000, 50_000),
      remote_port: of(80, 443),
      pid: of(0, 42, 43),
      owner_source: of<number>(OwnerSource.Connect, OwnerSource.Walk),
      exe: 'shop',
      client_isn: of(0, cookie),
      server_isn: of(0, cookie + 1),
      reset_reason: of(0, 3),
      busy_us: Math.max(0, count(5000)),
      zero_windows_rx: n,
      ...Object.fromEntries(['bytes_sent', 'bytes_received'].map((name) => [name, Math.max(0, count(1000))])),
      ...Object.fromEntries(counters.map((name) => [name, Math.max(0, count(9))])),
    }
  })
}

/** Records of few UDP conversations, likewise. */
function datagrams(seed: number): RecordFields[] {
  const random = randomOf(seed)
  const of = <T>(...values: T[]): T => values[random(values.length)]!
  return Array.from({ length: RECORDS }, (_, n) => {
    const count = (most: number) => Math.max(0, n * most + random(most) - of(0, 0, 0, 5 * most))
    const counters = ['bytes_sent', 'bytes_received', 'wire_sent', 'wire_received', 'segs_out', 'segs_in', 'drops']
    return {
      conversation: of(1, 2, 3, 1000 + random(2000)),
      cookie: random(9),
      kind: of<number>(RecordKind.DatagramEnd, RecordKind.Datagram, RecordKind.Datagram),
      time_ns: (20 + n) * SECOND - of(0, 0, 0, 3 * SECOND),
      start_ns: of(0, 10 * SECOND),
      flags: of(0, 0, RecordFlag.Quic, RecordFlag.Preexisting, RecordFlag.OwnerUncertain),
      side: of<number>(Side.Client, Side.Server),
      side_source: of<number>(SideSource.Socket, SideSource.Guess),
      netns: of(1, 2),
      local_ip: '10.0.0.1',
      remote_ip: of('10.0.0.2', 'fd00::2', '127.0.0.1'),
      local_port: of(53, 40_000, 50_000),
      remote_port: of(53, 443),
      pid: of(0, 42, 43),
      owner_source: of<number>(OwnerSource.FirstIo, OwnerSource.Walk),
      exe: 'resolver',
      icmp_errors: count(2),
      ...Object.fromEntries(counters.map((name) => [name, count(900)])),
    }
  })
}

/** The rows of records, and what was counted, of so many taken at once, with a batch for each or one for all. */
function taken(all: readonly RecordFields[], atOnce: number, flushing = false) {
  const rows: Row[] = []
  const pipeline = new Pipeline({
    identity: { cluster: 'c', node: 'n', realm: 'r', zone: '', region: '' },
    instance: 'i',
    version: '0',
    maxConnections: 512,
    selfPids: () => new Set([43]),
    tally: new Tally(),
    exclude: { ports: ['50000'] },
    connected: () => true,
    readProc: () => undefined,
    reasons: () => ({ drop: [], reset: ['', 'one', 'two', 'three'] }),
    send: ({ messages }) => {
      for (const { topic, value } of messages)
        if (topic === topics.flows) rows.push(...rowsOf([decodeFlowBatch(value)]))
    },
  })
  for (let from = 0; from < all.length; from += atOnce) {
    pipeline.take(syntheticRecords(all.slice(from, from + atOnce)), layout, 0)
    if (flushing) pipeline.flush()
  }
  pipeline.flush()
  // How many owners could not be looked up in a turn depends on what a turn is.
  const { 'agent.processes_skipped': _, 'agent.processes_gone': __, ...counters } = pipeline.counters()
  return { rows, counters }
}

test.each([1, 2, 3])('rows are the same whether records come one by one or all at once (seed %i)', (seed) => {
  const all = records(seed)
  const singly = taken(all, 1)
  const together = taken(all, RECORDS)
  expect(singly.rows.length).toBeGreaterThan(BLOCK_ROWS)
  expect(singly.counters['agent.clamped']).toBeGreaterThan(0)
  expect(together.rows).toEqual(singly.rows)
  expect(together.counters).toEqual(singly.counters)
})

test('so they are of more processes than a turn holds, some of which look alike', () => {
  const all = records(4, 3 * MOST_OWNERS).map((fields, n) => ({
    ...fields,
    local_port: 80,
    pid: n % 5 === 0 ? 42 : n + 1,
    uid: n % 3,
    exe: `shop-${n % 7}`,
    comm: `worker-${n % 2}`,
  }))
  const singly = taken(all, 1)
  const together = taken(all, all.length)
  expect(new Set(singly.rows.map(({ pid }) => pid)).size).toBeGreaterThan(MOST_OWNERS)
  expect(together.rows).toEqual(singly.rows)
})

test.each([5, 6])('rows of UDP conversations are so, too, and those of connections between them (seed %i)', (seed) => {
  const udp = datagrams(seed)
  const all = records(seed).flatMap((connection, n) => (n % 3 > 0 ? [udp[n]!, connection] : [connection, udp[n]!]))
  const singly = taken(all, 1)
  const together = taken(all, all.length)
  // Within a turn the rows of connections come first.
  for (const transport of ['tcp', 'udp']) {
    const of = (rows: Row[]) => rows.filter((row) => row.transport === transport)
    expect(of(singly.rows).length).toBeGreaterThan(BLOCK_ROWS)
    expect(of(together.rows)).toEqual(of(singly.rows))
  }
  expect(together.counters).toEqual(singly.counters)
})

test('a row of UDP has nothing of a row of TCP that stood there before', () => {
  const full = Object.fromEntries(
    layout.fields.filter(({ kind }) => kind === 'u32' || kind === 'u64').map(({ name }) => [name, 1_000_000]),
  )
  const tcp = {
    ...full,
    kind: RecordKind.Close,
    side: Side.Server,
    local_ip: '10.0.0.1',
    remote_ip: '10.0.0.2',
    ecn: 1,
  }
  const lost = { ...tcp, cookie: 9, old_state: 2, established_ns: 0, err: 111, side: Side.Client, reset_reason: 3 }
  const made = { ...tcp, cookie: 8, side: Side.Client }
  const udp = [1, 2, 3].map((conversation) => ({ ...datagrams(7)[0], conversation, local_port: 53 }))
  const [alone, after] = [[], [tcp, lost, made]].map((before) =>
    taken([...before, ...udp], 3, true).rows.slice(before.length),
  )
  expect(alone).toHaveLength(3)
  expect(after).toEqual(alone)
})
