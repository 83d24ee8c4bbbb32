import { RecordFlag, Side, SideSource } from '@headwater/native'
import { beforeEach, describe, expect, test } from 'vitest'
import { client, close, flush, MS, OFFSET, pipeline, setUp, take } from './testing/pipeline-setting.js'
import type { Row } from './testing/rows.js'
import type { RecordFields } from './testing/synthetic-records.js'

beforeEach(() => setUp())

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
