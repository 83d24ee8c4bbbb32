import { decodeFlowBatch, endpointSchema, topics } from '@headwater/contracts'
import { OwnerSource, RecordFlag, RecordKind, Side, SideSource } from '@headwater/native'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Containers } from './identity/containers/containers.js'
import { DockerEngine } from './identity/containers/docker-engine.js'
import type { ReadProc } from './identity/proc.js'
import type { Parcel } from './outbox/queue.js'
import { Pipeline, type PipelineOptions } from './pipeline.js'
import { Tally } from './report/tally.js'
import { EnginePeer, inspectedContainer } from './testing/engine-peer.js'
import { flowLayout } from './testing/flow-layout.js'
import { type Row, rowsOf, sum } from './testing/rows.js'
import { type RecordFields, syntheticRecords } from './testing/synthetic-records.js'

const OFFSET = 1_700_000_000_000
const MS = 1_000_000
/** Options of a SYN beyond those of later segments. */
const SYN = 8

/** As a kernel may number them. */
const REASONS = {
  reset: ['not_specified', 'no_socket', 'tcp_abort_on_close'],
  drop: ['', 'neigh_failed', 'netfilter_drop'],
}

let parcels: Parcel[]
let tally: Tally
let pipeline: Pipeline
let selfPids: Set<number>

function setUp(maxConnections = 1024, over: Partial<PipelineOptions> = {}): void {
  parcels = []
  tally = new Tally()
  selfPids = new Set()
  pipeline = new Pipeline({
    identity: { cluster: 'c', node: 'n', realm: 'r', zone: '', region: '' },
    instance: 'i-1',
    version: '0',
    maxConnections,
    selfPids: () => selfPids,
    tally,
    send: (p) => parcels.push(p),
    connected: () => true,
    readProc: () => undefined,
    reasons: () => REASONS,
    ...over,
  })
}
beforeEach(() => setUp())

const take = (...records: RecordFields[]) => pipeline.take(syntheticRecords(records), flowLayout(), OFFSET)
function flush(): Row[] {
  pipeline.flush()
  const messages = parcels.splice(0).flatMap((p) => p.messages)
  return rowsOf(messages.filter((m) => m.topic === topics.flows).map((m) => decodeFlowBatch(m.value)))
}

/** A client's connection of cookie 1, 1 s after boot. */
const client = (over: RecordFields = {}): RecordFields => ({
  kind: RecordKind.Walk,
  cookie: 1,
  time_ns: 2000 * MS,
  start_ns: 1000 * MS,
  established_ns: 1001 * MS,
  side: Side.Client,
  side_source: SideSource.Socket,
  owner_source: OwnerSource.Connect,
  pid: 4_000_000_000,
  exe: 'curl',
  comm: 'curl',
  cgroup_id: 77,
  netns: 4026531840,
  local_ip: '10.0.0.1',
  remote_ip: '10.0.0.2',
  local_port: 40000,
  remote_port: 80,
  bytes_sent: 1000,
  bytes_received: 5000,
  segs_out: 10,
  segs_in: 8,
  tcp_header_len: 32,
  client_isn: 123,
  server_isn: 456,
  connect_us: 900,
  srtt_us: 1500,
  ...over,
})
const close = (over: RecordFields = {}) => client({ kind: RecordKind.Close, time_ns: 3000 * MS, ...over })

describe('connections', () => {
  test('a connection that no walk saw: one row with the whole of it', () => {
    take(close())
    expect(flush()).toEqual([
      expect.objectContaining({
        time: OFFSET + 3000,
        start: OFFSET + 1000,
        netns: 4026531840,
        cookie: '1',
        side: 'client',
        side_source: 'socket',
        partial: 0,
        self: 0,
        open: 0,
        transport: 'tcp',
        local_ip: '10.0.0.1',
        local_port: 40000,
        remote_ip: '10.0.0.2',
        remote_port: 80,
        tx_bytes: 1000,
        rx_bytes: 5000,
        tx_packets: 10,
        rx_packets: 8,
        tx_wire_bytes: 1000 + 10 * 52 + SYN,
        rx_wire_bytes: 5000 + 8 * 52 + SYN,
        connects: 1,
        accepts: 0,
        closes: 1,
        failures: 0,
        failure_reason: '',
        connect_us: 900,
        srtt_us: 1500,
        pid: 4_000_000_000,
        process: 'curl',
        owner_source: 'connect',
        owner_uncertain: 0,
        cgroup_id: '77',
      }),
    ])
    expect(pipeline.connections.size).toBe(0)
  })

  test('what troubled a connection comes as increases, waits in whole ms', () => {
    const troubles = (over: RecordFields) => ({ uid: 1000, comm: 'worker', ecn: 1, syn_retrans: 2, ...over })
    take(
      client(
        troubles({
          busy_us: 10_400,
          rwnd_limited_us: 5000,
          sndbuf_limited_us: 1999,
          zero_windows_rx: 1,
          zero_windows_tx: 30_000,
          drops: 3,
        }),
      ),
    )
    take(
      close(
        troubles({
          busy_us: 20_000,
          rwnd_limited_us: 2 ** 32 + 5000,
          sndbuf_limited_us: 2000,
          zero_windows_rx: 1,
          zero_windows_tx: 60_000,
          spurious_retrans: 4,
          reorderings: 5,
          ce_packets: 6,
          drops: 3,
          resets_tx: 1,
          reset_reason: 2,
          old_state: 1,
        }),
      ),
    )
    const [first, last] = flush()
    expect(first).toMatchObject({
      uid: 1000,
      comm: 'worker',
      process: 'curl',
      ecn: 1,
      syn_retransmits: 2,
      busy_us: 10_000,
      rwnd_limited_us: 5000,
      sndbuf_limited_us: 1000,
      zero_windows_rx: 1,
      zero_windows_tx: 30_000,
      drops: 3,
      close_reason: '',
      reset_reason: '',
    })
    expect(last).toMatchObject({
      syn_retransmits: 0,
      busy_us: 10_000,
      rwnd_limited_us: 4_294_967_000,
      sndbuf_limited_us: 1000,
      zero_windows_rx: 0,
      zero_windows_tx: 30_000,
      spurious_retransmits: 4,
      reorderings: 5,
      ce_packets: 6,
      drops: 0,
      resets_tx: 1,
      reset_reason: 'tcp_abort_on_close',
      close_reason: 'aborted',
      failure_reason: '',
    })
  })

  test('a walk or the first IO corrects the owner of a connection that lives on; a record without its slot does not', () => {
    take(client({ side: Side.Server, owner_source: OwnerSource.Listener, pid: 7, exe: 'master', uid: 0 }))
    const worker = { side: Side.Server, pid: 8, exe: 'worker', comm: 'w', uid: 33 }
    const uncertain = { ...worker, owner_source: OwnerSource.Walk, flags: RecordFlag.OwnerUncertain }
    take(client({ ...uncertain, time_ns: 2100 * MS }))
    take(client({ ...uncertain, flags: 0, time_ns: 2200 * MS }))
    take(
      close({ ...uncertain, pid: 0, exe: '', comm: '', uid: 0, owner_source: 0, flags: RecordFlag.SlotTaken, side: 0 }),
    )
    expect(flush().map((r) => [r.pid, r.process, r.comm, r.uid, r.owner_source, r.owner_uncertain])).toEqual([
      [7, 'master', 'curl', 0, 'listener', 0],
      [8, 'worker', 'w', 33, 'walk', 1],
      [8, 'worker', 'w', 33, 'walk', 0],
      [8, 'worker', 'w', 33, 'walk', 0],
    ])
  })

  test('rows of a long connection are increases that sum to the total', () => {
    take(client())
    take(client({ time_ns: 2500 * MS, bytes_sent: 1500, bytes_received: 5001, segs_out: 12, segs_in: 9 }))
    take(close({ bytes_sent: 2000, bytes_received: 6000, segs_out: 20, segs_in: 20 }))
    const rows = flush()
    expect(rows.map((r) => [r.tx_bytes, r.rx_bytes, r.connects, r.closes, r.open, r.connect_us])).toEqual([
      [1000, 5000, 1, 0, 1, 900],
      [500, 1, 0, 0, 1, 0],
      [500, 999, 0, 1, 0, 0],
    ])
    expect(sum(rows, 'tx_wire_bytes')).toBe(2000 + 20 * 52 + SYN)
    expect(sum(rows, 'rx_packets')).toBe(20)
    expect(new Set(rows.map((r) => r.start))).toEqual(new Set([OFFSET + 1000]))
    expect(new Set(rows.map((r) => r.connection_id)).size).toBe(1)
  })

  test('a lost walk record heals itself with the next one', () => {
    take(client())
    take(client({ time_ns: 9000 * MS, bytes_sent: 9000 }))
    expect(sum(flush(), 'tx_bytes')).toBe(9000)
  })

  test('both ends agree on the connection, and the server end accepts', () => {
    const ends = { side: Side.Server, cookie: 2, local_ip: '10.0.0.2', remote_ip: '10.0.0.1', local_port: 80 }
    take(close(), close({ ...ends, remote_port: 40000, connect_us: 0, owner_source: OwnerSource.Listener }))
    const [a, b] = flush() as [Row, Row]
    expect(a.connection_id).toBe(b.connection_id)
    expect(a.connection_id).not.toBe('0')
    expect([b.side, b.connects, b.accepts, b.closes]).toEqual(['server', 0, 1, 1])
  })

  test('a socket connected to itself is a peer: one connect, no accept', () => {
    take(close({ side: Side.Peer, client_isn: 9, server_isn: 9 }))
    expect(flush()[0]).toMatchObject({ side: 'peer', connects: 1, accepts: 0, closes: 1 })
  })

  test('both ends of a simultaneous open agree on the id', () => {
    take(close({ side: Side.Peer, client_isn: 5, server_isn: 7 }))
    take(close({ side: Side.Peer, client_isn: 7, server_isn: 5, cookie: 2 }))
    const [a, b] = flush() as [Row, Row]
    expect(a.connection_id).toBe(b.connection_id)
  })

  test('an accepted connection has sent a SYN and ACK before its socket was made', () => {
    const server = { side: Side.Server, tcp_header_len: 32, segs_out: 0, segs_in: 1, bytes_sent: 0, bytes_received: 0 }
    take(client(server))
    expect(flush()[0]).toMatchObject({ tx_packets: 1, rx_packets: 1, tx_wire_bytes: 52 + SYN, rx_wire_bytes: 52 + SYN })
    take(client({ ...server, kind: RecordKind.Close, time_ns: 3000 * MS, segs_out: 2, segs_in: 3 }))
    expect(flush()[0]).toMatchObject({ tx_packets: 2, rx_packets: 2, tx_wire_bytes: 104, rx_wire_bytes: 104 })
  })

  test('retransmissions are no payload, but are on the wire', () => {
    take(close({ bytes_sent: 3000, bytes_retrans: 1000, retransmits: 2, segs_out: 4 }))
    expect(flush()[0]).toMatchObject({
      tx_bytes: 2000,
      retransmit_bytes: 1000,
      retransmits: 2,
      tx_wire_bytes: 3000 + 4 * 52 + SYN,
    })
  })

  test('IPv6 has the longer header; a v4-mapped socket speaks IPv4', () => {
    take(close({ family: 10 }), close({ family: 10, local_ip: 'fd00::1', remote_ip: 'fd00::2', cookie: 2 }))
    expect(
      flush()
        .map((r) => [r.cookie, r.tx_wire_bytes])
        .toSorted(),
    ).toEqual([
      ['1', 1000 + 10 * 52 + SYN],
      ['2', 1000 + 10 * 72 + SYN],
    ])
  })

  test('counters above 2^32 and segments that wrap', () => {
    take(client({ bytes_sent: 5e12, segs_out: 0xffffff00 }))
    take(client({ time_ns: 2100 * MS, bytes_sent: 5e12 + 7, segs_out: 0x10 }))
    const rows = flush()
    expect(rows.map((r) => r.tx_bytes)).toEqual([5e12, 7])
    expect(rows[1]?.tx_packets).toBe(0x110)
  })

  test('counters that go backwards are no change, counted, and never negative', () => {
    take(client())
    take(client({ time_ns: 2500 * MS, bytes_sent: 10, bytes_received: 20, segs_out: 1, segs_in: 1 }))
    take(close({ bytes_sent: 15, bytes_received: 20, segs_out: 2, segs_in: 1 }))
    const rows = flush()
    expect(rows.map((r) => [r.tx_bytes, r.rx_bytes, r.tx_packets])).toEqual([
      [1000, 5000, 10],
      [0, 0, 0],
      [5, 0, 1],
    ])
    expect(pipeline.counters()['agent.clamped']).toBe(4)
  })

  test('a walk record out of order is left out and counted; a close record still closes', () => {
    take(client({ time_ns: 2500 * MS }))
    take(client({ time_ns: 2400 * MS, bytes_sent: 900 }))
    take(close({ time_ns: 2450 * MS }))
    expect(flush().map((r) => r.closes)).toEqual([0, 1])
    expect(pipeline.counters()['agent.out_of_order']).toBe(1)
    expect(pipeline.connections.size).toBe(0)
  })
})

describe('partial connections', () => {
  test('start from a baseline at first sight', () => {
    const flags = RecordFlag.Preexisting
    take(client({ flags }), client({ flags, time_ns: 2500 * MS, bytes_sent: 1100 }), close({ flags, bytes_sent: 1300 }))
    const rows = flush()
    expect(rows.map((r) => [r.tx_bytes, r.connects, r.closes, r.open, r.partial])).toEqual([
      [0, 0, 0, 1, 1],
      [100, 0, 0, 1, 1],
      [200, 0, 1, 0, 1],
    ])
    expect(rows[0]?.start).toBe(OFFSET + 2000)
    expect(sum(rows, 'rx_bytes')).toBe(0)
  })

  test('one that closes at first sight has no bytes', () => {
    take(close({ flags: RecordFlag.Preexisting, resets_tx: 1 }))
    expect(flush()[0]).toMatchObject({
      tx_bytes: 0,
      tx_wire_bytes: 0,
      resets_tx: 0,
      connects: 0,
      closes: 1,
      partial: 1,
    })
  })
})

describe('failures', () => {
  const failed = (err: number, over: RecordFields = {}) =>
    close({
      established_ns: 0,
      old_state: 2,
      err,
      bytes_sent: 0,
      bytes_received: 0,
      segs_in: 1,
      server_isn: 0,
      ...over,
    })

  test.each([
    [111, 0, 'refused'],
    [110, 0, 'timeout'],
    [113, 113, 'unreachable'],
    [104, 0, 'reset'],
    [0, 0, 'aborted'],
    [0, 101, 'no-route'],
    [22, 0, 'other'],
    [110, 0, 'netfilter-drop', 2],
    [0, 0, 'netfilter-drop', 2],
    [113, 113, 'neigh-failed', 1],
    [111, 0, 'refused', 2],
    [110, 0, 'timeout', 99],
  ])('err %i, soft %i: %s', (err, soft, reason, drop = 0) => {
    take(failed(err, { err_soft: soft, drop_reason: drop, syn_retrans: 2 }))
    expect(flush()).toEqual([
      expect.objectContaining({
        failures: 1,
        failure_reason: reason,
        close_reason: '',
        syn_retransmits: 2,
        connects: 0,
        closes: 0,
        open: 0,
        connection_id: '0',
      }),
    ])
  })

  test('no local port was free: nothing was sent', () => {
    take(failed(0, { local_port: 0, syn_retrans: 0, client_isn: 0 }))
    expect(flush()).toEqual([expect.objectContaining({ failures: 1, failure_reason: 'no-free-port', local_port: 0 })])
  })

  test('a handshake that a server did not finish is no failure of a client', () => {
    take(failed(104, { side: Side.Server, old_state: 3 }))
    expect(flush()).toEqual([])
    expect(pipeline.counters()['agent.embryonic_closes']).toBe(1)
  })

  test('an attempt under way makes no row', () => {
    take(client({ established_ns: 0, state: 2 }))
    expect(flush()).toEqual([])
    expect(pipeline.connections.size).toBe(0)
  })
})

describe('a slot that was taken over', () => {
  const bare = { flags: RecordFlag.SlotTaken, side: 0, side_source: 0, owner_source: 0, pid: 0, exe: '', comm: '' }
  const orphan = (over: RecordFields = {}) =>
    close({
      ...bare,
      start_ns: 0,
      established_ns: 0,
      connect_us: 0,
      client_isn: 0,
      server_isn: 0,
      cgroup_id: 0,
      ...over,
    })

  test('is filled in from what a walk had told', () => {
    take(client({ flags: RecordFlag.OwnerUncertain }), orphan({ old_state: 1, bytes_sent: 1200 }))
    const [first, last] = flush() as [Row, Row]
    expect(last).toMatchObject({
      side: 'client',
      side_source: 'socket',
      process: 'curl',
      pid: 4_000_000_000,
      cgroup_id: '77',
      owner_source: 'connect',
      owner_uncertain: 1,
      closes: 1,
      failures: 0,
      tx_bytes: 200,
      start: OFFSET + 1000,
      connection_id: first.connection_id,
    })
  })

  test('its guess of the side does not unsay what the handshake told', () => {
    const guess = { side: Side.Server, side_source: SideSource.Guess }
    take(client(), client({ ...bare, ...guess, time_ns: 2500 * MS, start_ns: 2500 * MS, bytes_sent: 1200 }))
    take(orphan({ ...guess, old_state: 1, bytes_sent: 1300 }))
    expect(flush().map((r) => [r.side, r.side_source, r.tx_bytes])).toEqual([
      ['client', 'socket', 1000],
      ['client', 'socket', 200],
      ['client', 'socket', 100],
    ])
  })

  test('of a connection older than the agent that no walk saw: it has no bytes and no connect', () => {
    take(orphan({ old_state: 1, flags: RecordFlag.SlotTaken | RecordFlag.Preexisting }))
    expect(flush()[0]).toMatchObject({ partial: 1, connects: 0, closes: 1, tx_bytes: 0, rx_bytes: 0 })
  })

  test('without a walk: the state before tells whether it was established, the side is a guess', () => {
    take(orphan({ old_state: 4 }), orphan({ cookie: 2, old_state: 2, err: 111 }))
    const [done, refused] = flush() as [Row, Row]
    expect(done).toMatchObject({
      side: 'client',
      side_source: 'guess',
      connects: 1,
      closes: 1,
      tx_bytes: 1000,
      process: '',
    })
    expect(done.start).toBe(done.time)
    expect(refused).toMatchObject({ failures: 1, failure_reason: 'refused' })
    expect(pipeline.counters()['agent.slot_unknown']).toBe(2)
  })
})

describe('a socket that connects again', () => {
  test('after a close record that was lost is another connection', () => {
    take(client())
    const again = { start_ns: 4000 * MS, established_ns: 4001 * MS, time_ns: 5000 * MS }
    take(client({ ...again, bytes_sent: 300 }), close({ ...again, time_ns: 6000 * MS, bytes_sent: 1100 }))
    expect(flush().map((r) => [r.tx_bytes, r.connects, r.closes, r.start])).toEqual([
      [1000, 1, 0, OFFSET + 1000],
      [300, 1, 0, OFFSET + 4000],
      [800, 0, 1, OFFSET + 4000],
    ])
    expect(pipeline.counters()['agent.clamped']).toBe(0)
  })

  test('is not one that lost its slot and was given another: its begin is only when it was seen again', () => {
    const flags = RecordFlag.Preexisting
    take(client({ flags }))
    for (const again of [flags, RecordFlag.SlotTaken, flags | RecordFlag.SlotTaken]) {
      const time_ns = 3000 * MS + again
      take(client({ flags: again, time_ns, start_ns: time_ns, bytes_sent: 1000 + again }))
    }
    expect(flush().map((r) => [r.tx_bytes, r.partial, r.connects])).toEqual([
      [0, 1, 0],
      [2, 1, 0],
      [2, 1, 0],
      [2, 1, 0],
    ])
  })
})

describe('bounds', () => {
  test('connections without room show at their close, whole', () => {
    setUp(2)
    take(client(), client({ cookie: 2 }), close(), close({ cookie: 2 }))
    const rows = flush()
    expect(rows.map((r) => [r.cookie, r.connects, r.closes, r.tx_bytes])).toEqual([
      ['1', 1, 0, 1000],
      ['1', 0, 1, 0],
      ['2', 1, 1, 1000],
    ])
    expect(pipeline.counters()['agent.untracked']).toBe(1)
  })

  test('a batch is cut before it is too large for the bus, and numbered', () => {
    const many = syntheticRecords(Array.from({ length: 1024 }, (_, i) => close({ cookie: i + 1 })))
    for (let n = 0; n < 20; n++) pipeline.take(many, flowLayout(), OFFSET)
    const batches = parcels.flatMap((p) => p.messages).filter((m) => m.topic === topics.flows)
    expect(batches.length).toBe(2)
    pipeline.flush()
    const all = parcels
      .flatMap((p) => p.messages)
      .filter((m) => m.topic === topics.flows)
      .map((m) => decodeFlowBatch(m.value))
    expect(all.reduce((n, b) => n + b.rows, 0)).toBe(20_480)
    expect(all.map((b) => b.meta.sequence)).toEqual(all.map((_, i) => i + 1))
    expect(all.at(-1)?.meta.produced).toEqual({ rows: 20_480, batches: all.length })
  })

  test('what is dropped is said in later batches', () => {
    tally.drop('outbox-full', 12)
    take(close())
    pipeline.flush()
    const message = parcels.flatMap((p) => p.messages).find((m) => m.topic === topics.flows)
    expect(message?.headers).toEqual({ 'headwater-instance': 'i-1', 'headwater-sequence': '1', 'headwater-rows': '1' })
    expect(decodeFlowBatch(message!.value).meta.dropped).toEqual({ 'outbox-full': 12 })
  })

  test('a connection that may have expired starts anew from a baseline', () => {
    take(client())
    pipeline.expire(OFFSET + 2000 + 700_000, 2000 + 700_000, 90_000)
    expect(pipeline.connections.size).toBe(0)
    take(client({ time_ns: 900_000 * MS, bytes_sent: 1500 }), close({ time_ns: 900_100 * MS, bytes_sent: 1501 }))
    const rows = flush()
    expect(sum(rows, 'tx_bytes')).toBe(1001)
    expect(rows.at(-1)).toMatchObject({ partial: 1 })
  })
})

describe('names and self', () => {
  test('the executable wins over the thread name, hostile names are made safe', () => {
    take(close({ comm: 'node-MainThread', exe: 'node' }), close({ cookie: 2, exe: '', comm: 'x\u001b[2J\n' }))
    expect(flush().map((r) => r.process)).toEqual(['node', 'x\ufffd[2J\ufffd'])
  })

  test("Headwater's own: by owner, by the listener at either end; they are no reason to flush", () => {
    selfPids.add(50)
    const listener = { kind: RecordKind.Listener, netns: 4026531840, local_ip: '0.0.0.0', local_port: 4400, pid: 50 }
    take({ ...listener, cookie: 100, time_ns: MS, exe: 'node' })
    flush()
    take(close({ pid: 50 }))
    take(close({ local_ip: '127.0.0.1', remote_ip: '127.0.0.1', remote_port: 4400 }))
    take(close({ pid: 0, local_ip: '127.0.0.1', remote_ip: '127.0.0.1', local_port: 4400 }))
    expect(pipeline.urgent).toBe(false)
    expect(flush().map((r) => r.self)).toEqual([1, 1, 1])
    take(close({ pid: 50 }))
    expect(pipeline.urgent).toBe(false)
    take(close({ remote_port: 4400 }))
    expect(pipeline.urgent).toBe(true)
    expect(flush().map((r) => r.self)).toEqual([1, 0])
  })

  test("a listener on the wildcard holds its own namespace's addresses, not a pod's with a service on the same port", () => {
    selfPids.add(50)
    const listener = { kind: RecordKind.Listener, netns: 1, local_ip: '0.0.0.0', local_port: 8080, pid: 50 }
    const served = { side: Side.Server, netns: 3, local_ip: '10.1.0.3', local_port: 8080, remote_ip: '10.1.0.2' }
    take({ ...listener, cookie: 100, time_ns: MS, exe: 'node' })
    take(close({ ...served, remote_port: 40000 }))
    take(close({ netns: 2, local_ip: '10.1.0.2', remote_ip: '10.1.0.3', remote_port: 8080 }))
    expect(flush().map((r) => r.self)).toEqual([0, 0])
  })
})

describe('listeners', () => {
  test('endpoints go before the rows of the same flush', () => {
    const base = { netns: 5, local_ip: '::', local_port: 80, cookie: 9, pid: 7, exe: 'nginx', time_ns: 10 * MS }
    take({ ...base, kind: RecordKind.Listen }, close({ netns: 5 }), {
      ...base,
      kind: RecordKind.Listener,
      time_ns: 20 * MS,
      backlog: 3,
      backlog_max: 128,
      handshakes: 2,
      drops: 4,
    })
    expect(pipeline.listeners.report().listeners).toEqual([
      {
        cookie: '9',
        netns: 5,
        address: '::',
        port: 80,
        pid: 7,
        process: 'nginx',
        backlog: 3,
        backlog_max: 128,
        handshakes: 2,
        drops: 4,
        overflows: 0,
      },
    ])
    take({ ...base, kind: RecordKind.Unlisten, time_ns: 30 * MS })
    pipeline.flush()
    expect(parcels.map((p) => p.kind)).toEqual(['endpoints', 'flows'])
    const endpoints = parcels[0]!.messages.map((m) => endpointSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
    expect(endpoints.map((e) => [e.kind, e.address, e.port, e.process, e.valid_from, e.valid_to])).toEqual([
      ['node-address', '127.0.0.1', 0, '', OFFSET + 10, null],
      ['node-address', '::1', 0, '', OFFSET + 10, null],
      ['listener', '::', 80, 'nginx', OFFSET + 10, OFFSET + 30],
      ['node-address', '10.0.0.1', 0, '', OFFSET + 3000, null],
    ])
  })

  test('a kind this version does not know is counted', () => {
    take({ kind: 99 })
    expect(pipeline.counters()['agent.unknown_kind']).toBe(1)
  })
})

describe('who it is', () => {
  const container = 'c'.repeat(64)
  const stat = (ticks: number) => `1 (x) S ${Array.from({ length: 49 }, () => ticks).join(' ')}`
  /** Processes by pid: cgroup and environment; all of them started 0.5 s after boot. */
  const machine: Record<number, { cgroup: string; environ: string }> = {
    50: { cgroup: '0::/system.slice/web.service', environ: '' },
    51: {
      cgroup: `0::/system.slice/docker-${container}.scope`,
      environ: 'OTEL_RESOURCE_ATTRIBUTES=service.namespace=shop,service.name=cart\0',
    },
    52: { cgroup: `0::/system.slice/docker-${container}.scope`, environ: '' },
  }
  const readProc: ReadProc = (pid, name) =>
    machine[pid] === undefined ? undefined : name === 'stat' ? stat(50) : machine[pid][name]

  test('rows and endpoints say process start, unit, container, service and how it is known', () => {
    setUp(1024, { readProc })
    const listens = {
      kind: RecordKind.Listener,
      netns: 5,
      local_ip: '::',
      local_port: 80,
      time_ns: 2000 * MS,
      exe: 'node',
    }
    take(
      { ...listens, cookie: 9, pid: 50 },
      close({ pid: 51, exe: 'node' }),
      close({ cookie: 2, pid: 99, exe: 'curl', cgroup_id: 78 }),
    )
    pipeline.flush()
    const [endpoint] = parcels[0]!.messages
      .map((m) => endpointSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
      .filter((e) => e.kind === 'listener')
    expect(endpoint).toMatchObject({
      process: 'node',
      process_start: OFFSET + 500,
      service: 'web',
      service_source: 'unit',
      unit: 'web.service',
      namespace: '',
      container_id: '',
      labels: {},
    })
    const [cart, curl] = flush()
    expect(cart).toMatchObject({
      process: 'node',
      process_start: OFFSET + 500,
      local_service: 'cart',
      service_source: 'otel',
      local_namespace: 'shop',
      unit: '',
      container_id: container,
      container_name: '',
    })
    expect(curl).toMatchObject({ process_start: 0, local_service: 'curl', service_source: 'process', container_id: '' })
    expect(pipeline.counters()).toMatchObject({ 'agent.processes_gone': 1, 'agent.environ_unread': 0 })
  })

  test('the pid of an owner that is gone is not asked who it is now', () => {
    let runs = false
    const at =
      (ticks: number): ReadProc =>
      (_, name) =>
        !runs ? undefined : name === 'stat' ? stat(ticks) : name === 'cgroup' ? '0::/' : 'OTEL_SERVICE_NAME=other\0'
    setUp(1024, { readProc: at(150) })
    take(client({ pid: 60, exe: 'curl' }))
    runs = true
    // It began 1 s after boot; who has the pid now, half a second later.
    take(client({ pid: 60, exe: 'curl', time_ns: 70_000 * MS }), close({ cookie: 2, pid: 60, exe: 'curl' }))
    const later = { time_ns: 72_000 * MS, start_ns: 71_000 * MS, established_ns: 71_001 * MS }
    take(close({ cookie: 3, pid: 60, exe: 'curl', ...later }))
    expect(flush().map((r) => r.local_service)).toEqual(['curl', 'curl', 'curl', 'other'])
  })

  test('names that a runtime tells later are in the next row of an open connection, and in the endpoint again', async () => {
    const peer = await new EnginePeer().serve((path) =>
      path === '/containers/json' ? [] : inspectedContainer(container, 'shop-cart-1', { tier: 'front' }),
    )
    const containers = new Containers(new DockerEngine(peer.socketPath))
    setUp(1024, { readProc, containers })
    containers.start()
    const listens = {
      kind: RecordKind.Listener,
      netns: 5,
      local_ip: '::',
      local_port: 80,
      cookie: 9,
      pid: 52,
      exe: 'node',
    }
    const row = (ms: number) => {
      take({ ...listens, time_ns: ms * MS }, client({ time_ns: ms * MS, pid: 52, exe: 'node' }))
      pipeline.flush()
      const messages = parcels.splice(0).flatMap((p) => p.messages)
      const endpoints = messages
        .filter((m) => m.topic === topics.endpoints)
        .map((m) => endpointSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
        .filter((e) => e.kind === 'listener')
      const [flow] = rowsOf(messages.filter((m) => m.topic === topics.flows).map((m) => decodeFlowBatch(m.value)))
      return { endpoints, flow }
    }
    const before = row(2000)
    await vi.waitFor(() => expect(containers.of(container).name).not.toBe(''))
    await containers.stop()
    await peer.end()
    expect([pipeline.endpointsChanged(OFFSET + 6000), pipeline.endpoints.changed]).toEqual([true, true])
    const after = row(7000)
    expect(before.flow).toMatchObject({ container_id: container, container_name: '', local_service: 'node' })
    expect(before.endpoints).toMatchObject([{ container_id: container, container_name: '', service: 'node' }])
    expect(after.flow).toMatchObject({
      container_id: container,
      container_name: 'shop-cart-1',
      container_image: 'shop/cart:1.4',
      local_service: 'shop-cart-1',
      service_source: 'container',
    })
    expect(after.endpoints).toMatchObject([
      { container_name: 'shop-cart-1', service: 'shop-cart-1', service_source: 'container', labels: { tier: 'front' } },
    ])
    expect(row(12_000).endpoints).toEqual([])
  })
})
