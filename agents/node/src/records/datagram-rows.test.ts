import { decodeFlowBatch, type Endpoint, topics } from '@headwater/contracts'
import { RecordFlag, RecordKind, Side, SideSource } from '@headwater/native'
import { beforeEach, describe, expect, it } from 'vitest'
import { Pipeline } from '../pipeline.js'
import { Tally } from '../report/tally.js'
import { flowLayout } from '../testing/flow-layout.js'
import { type Row, rowsOf } from '../testing/rows.js'
import { type RecordFields, syntheticRecords } from '../testing/synthetic-records.js'

const SECOND = 1_000_000_000n
const client: RecordFields = {
  kind: RecordKind.Datagram,
  transport: 17,
  cookie: 7,
  conversation: (1n << 63n) | 1n,
  start_ns: 10n * SECOND,
  time_ns: 11n * SECOND,
  local_ip: '10.0.0.1',
  local_port: 40_000,
  remote_ip: '10.0.0.2',
  remote_port: 53,
  netns: 1,
  pid: 42,
  exe: 'dig',
  side: Side.Client,
  side_source: SideSource.Socket,
  segs_out: 2,
  segs_in: 1,
  bytes_sent: 100,
  bytes_received: 300,
  wire_sent: 156,
  wire_received: 328,
}

describe('rows of UDP conversations', () => {
  let rows: Row[]
  let endpoints: Endpoint[]
  let pipeline: Pipeline
  let tally: Tally
  /** Fault of the row of the process with this pid, when half of it is written. */
  class Pids extends Set<number> {
    override has(pid: number): boolean {
      if (pid === 666) throw new Error('half a row')
      return super.has(pid)
    }
  }
  const pipelineOf = (instance: string) =>
    new Pipeline({
      identity: { cluster: 'c', node: 'n', realm: 'r', zone: '', region: '' },
      instance,
      version: '0',
      maxConnections: 1024,
      selfPids: () => new Pids([99]),
      tally,
      connected: () => true,
      readProc: () => undefined,
      send: ({ messages }) => {
        for (const { topic, value } of messages) {
          if (topic === topics.flows) rows.push(...rowsOf([decodeFlowBatch(value)]))
          if (topic === topics.endpoints) endpoints.push(JSON.parse(Buffer.from(value).toString()))
        }
      },
    })
  beforeEach(() => {
    rows = []
    endpoints = []
    tally = new Tally()
    pipeline = pipelineOf('i')
  })

  function take(...records: RecordFields[]): Row[] {
    const before = rows.length
    pipeline.take(syntheticRecords(records), flowLayout(), 0)
    pipeline.flush()
    return rows.slice(before)
  }

  it('hold what was added since the last one, until the last', () => {
    const more = {
      ...client,
      time_ns: 12n * SECOND,
      segs_out: 5,
      bytes_sent: 250,
      wire_sent: 390,
      drops: 2,
      icmp_errors: 1,
    }
    const last = {
      ...more,
      kind: RecordKind.DatagramEnd,
      time_ns: 13n * SECOND,
      segs_in: 2,
      bytes_received: 310,
      wire_received: 366,
    }
    const [first, second, third] = take(client, more, last)
    expect(first).toMatchObject({
      transport: 'udp',
      tx_packets: 2,
      rx_packets: 1,
      tx_bytes: 100,
      rx_bytes: 300,
      open: 1,
    })
    expect(first).toMatchObject({ tx_wire_bytes: 156, rx_wire_bytes: 328, start: 10_000, time: 11_000, process: 'dig' })
    expect(second).toMatchObject({
      tx_packets: 3,
      rx_packets: 0,
      tx_bytes: 150,
      tx_wire_bytes: 234,
      drops: 2,
      icmp_errors: 1,
    })
    expect(third).toMatchObject({ tx_packets: 0, rx_packets: 1, rx_bytes: 10, rx_wire_bytes: 38, drops: 0, open: 0 })
    for (const row of [first, second, third])
      expect(row).toMatchObject({
        connects: 0,
        accepts: 0,
        closes: 0,
        failures: 0,
        srtt_us: 0,
        close_reason: '',
        pid: 42,
      })
    expect(pipeline.conversations.size).toBe(0)
  })

  it('are one where it ended before a walk; two conversations of one socket stay apart', () => {
    const other = { ...client, conversation: (1n << 63n) | 2n, remote_ip: '10.0.0.3', segs_out: 9 }
    const found = take({ ...client, kind: RecordKind.DatagramEnd }, other, {
      ...other,
      time_ns: 12n * SECOND,
      segs_out: 10,
    })
    const of = (address: string) => found.filter(({ remote_ip }) => remote_ip === address)
    expect(found.length).toBe(3)
    expect(of('10.0.0.2').map((row) => [row.tx_packets, row.open])).toEqual([[2, 0]])
    // Of one conversation in the order of what happened.
    expect(of('10.0.0.3').map((row) => [row.tx_packets, row.open])).toEqual([
      [9, 1],
      [1, 1],
    ])
  })

  it('never go backwards, and an older record is left out', () => {
    take(client)
    expect(take({ ...client, time_ns: 10n * SECOND, segs_out: 1 })).toEqual([])
    const [row] = take({ ...client, time_ns: 12n * SECOND, bytes_sent: 50 })
    expect(row).toMatchObject({ tx_bytes: 0 })
    expect(pipeline.counters()['agent.clamped']).toBe(1)
    expect(pipeline.counters()['agent.out_of_order']).toBe(1)
  })

  it('of both ends have one id, of loopback only on one node and namespace', () => {
    const server = {
      ...client,
      local_ip: client.remote_ip!,
      local_port: 53,
      remote_ip: '10.0.0.1',
      remote_port: 40_000,
    }
    const idOf = (record: RecordFields, n: number) =>
      take({ ...record, conversation: (1n << 63n) | BigInt(n) })[0]!.connection_id
    expect(idOf(server, 2)).toBe(idOf(client, 1))
    expect(idOf({ ...server, remote_port: 40_001 }, 3)).not.toBe(idOf(client, 4))
    const local = { ...client, local_ip: '127.0.0.1', remote_ip: '127.0.0.1' }
    const here = idOf(local, 5)
    expect(idOf(local, 6)).toBe(here)
    expect(idOf({ ...local, netns: 2 }, 7)).not.toBe(here)
    pipeline = pipelineOf('another')
    expect(idOf(local, 8)).not.toBe(here)
    expect(idOf(client, 9)).toBe(rows[0]!.connection_id)
  })

  it('say quic, partial and self as they are told', () => {
    const [quic] = take({ ...client, flags: RecordFlag.Quic | RecordFlag.Preexisting, remote_port: 443 })
    expect(quic).toMatchObject({ protocol_hint: 'quic', partial: 1, self: 0 })
    const [own] = take({ ...client, conversation: (1n << 63n) | 2n, pid: 99 })
    expect(own).toMatchObject({ protocol_hint: '', self: 1 })
  })

  it('that fail half-written are none, and counted; those before them stay', () => {
    const records = syntheticRecords([client, { ...client, conversation: (1n << 63n) | 2n, pid: 666 }])
    expect(() => pipeline.take(records, flowLayout(), 0)).toThrow('half a row')
    pipeline.flush()
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ pid: 42, tx_bytes: 100 })
    expect(tally.dropped).toEqual({ 'agent-error': 1 })
    expect(tally.rows).toBe(1)
  })

  it('of a server tell who is there, until nobody has talked to it for two minutes', () => {
    const server = { ...client, local_port: 53, remote_port: 40_000, side: Side.Server, exe: 'dnsmasq' }
    take(server)
    const places = () => endpoints.filter(({ transport }) => transport === 'udp')
    expect(places()).toMatchObject([
      { kind: 'listener', address: '10.0.0.1', port: 53, process: 'dnsmasq', valid_to: null },
    ])
    pipeline.expire(100_000, 100_000, 90_000)
    pipeline.flush()
    expect(places()).toHaveLength(1)
    pipeline.expire(140_000, 140_000, 90_000)
    pipeline.flush()
    expect(places()[1]).toMatchObject({ port: 53, valid_to: 140_000 })
  })

  it('of several servers tell of each, and of one that has taken over a port', () => {
    const of = (n: number, local_ip: string, pid: number, exe: string) => {
      const conversation = (1n << 63n) | BigInt(n)
      return { ...client, conversation, local_ip, local_port: 53, remote_port: 40_000 + n, side: Side.Server, pid, exe }
    }
    const [one, other] = ['10.0.0.1', '10.0.0.9']
    take(of(1, one, 42, 'dnsmasq'), of(2, one, 42, 'dnsmasq'), of(3, other, 42, 'dnsmasq'), of(4, one, 43, 'unbound'))
    const places = endpoints.filter(({ transport }) => transport === 'udp')
    expect(places.map(({ address, process, pid }) => [address, process, pid])).toEqual([
      [one, 'unbound', 43],
      [other, 'dnsmasq', 42],
    ])
  })
})
