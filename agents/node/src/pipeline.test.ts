import { OwnerSource, RecordFlag, RecordKind, Side } from '@headwater/native'
import { beforeEach, describe, expect, test } from 'vitest'
import { client, close, flush, MS, OFFSET, pipeline, setUp, take } from './testing/pipeline-setting.js'
import { type Row, sum } from './testing/rows.js'
import type { RecordFields } from './testing/synthetic-records.js'

/** Options of a SYN beyond those of later segments. */
const SYN = 8

beforeEach(() => setUp())

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
