import { setTimeout as wait } from 'node:timers/promises'
import { topics } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import {
  batch,
  flow,
  ingest,
  json,
  nextIngest,
  producer,
  reportAt,
  server,
  warnings,
  withLocalIngest,
} from './local-setting.js'
import { one, publishUntilTaken } from './support.js'

withLocalIngest()

describe('clocks that are off, on the local bus', () => {
  it('puts endpoints of the future aside, and says whose clock is wrong', async () => {
    const now = Date.now()
    const endpoint = { kind: 'node-address', realm: 'c', cluster: 'c', instance: 'i9', netns: 1, port: 0 }
    const ahead = { ...endpoint, node: 'early', address: '10.0.0.1', valid_from: now + 11 * 60_000 }
    await publishUntilTaken(producer, [
      json(topics.endpoints, ahead),
      json(topics.endpoints, { ...ahead, valid_from: now + 9 * 60_000 }),
    ])
    expect(await one(server.query, 'SELECT count() AS n FROM endpoints')).toEqual({ n: 1 })
    const { columns } = await server.query.query(
      'SELECT toString(reason) AS reason, detail FROM dead_letters ORDER BY offset',
    )
    expect(columns.reason).toEqual(['from-the-future'])
    expect(columns.detail).toEqual([expect.stringContaining('valid_from of node early is 11 minutes ahead')])
    for (const detail of columns.detail ?? []) expect(detail).toContain('set the clock of one of them')
  })

  it('keeps heartbeats of clocks that are off, with how far; those over 10 minutes ahead by its own clock', async () => {
    const now = Date.now()
    const [ahead, far, behind] = [now + 9 * 60_000, now + 20 * 60_000, now - 10 * 60_000]
    const messages = [
      json(topics.nodes, { ...reportAt(ahead), instance: 'ahead', node: 'ahead' }),
      json(topics.nodes, { ...reportAt(far), instance: 'far', node: 'far' }),
      json(topics.nodes, { ...reportAt(behind), instance: 'behind', node: 'behind' }),
    ]
    await publishUntilTaken(producer, messages)
    await publishUntilTaken(producer, messages)
    const { columns } = await server.query.query<Record<string, number[]>>(
      `SELECT toUnixTimestamp64Milli(time) AS time, toUnixTimestamp64Milli(received) AS received,
         toUnixTimestamp64Milli(started) AS started, clock_offset_ms AS off FROM nodes ORDER BY instance = 'far', time DESC`,
    )
    const [time = [], received = [], started = [], off = []] = ['time', 'received', 'started', 'off'].map(
      (name) => columns[name],
    )
    expect(time).toEqual([ahead, behind, received[2]])
    for (const [i, told] of [ahead, behind, far].entries()) expect(off[i]).toBe((received[i] ?? 0) - told)
    for (const ms of received) expect(Math.abs(ms - now)).toBeLessThan(30_000)
    expect(started).toEqual([ahead - 1000, behind - 1000, (received[2] ?? 0) - 1000])
    expect(await one(server.query, 'SELECT count() AS n FROM dead_letters')).toEqual({ n: 0 })
    expect(warnings).toEqual([expect.stringMatching(/clock of a node is 20 minutes ahead.*set the clock.*NTP/)])
    expect(await ingest.metrics()).toContain('headwater_ingest_clock_far_off_reports_total{replica="r1"} 2')
  })

  it('does not let a node watch over its clients whose rows are all ahead, not after a restart either', async () => {
    const now = Date.now()
    const address = {
      kind: 'node-address',
      realm: 'test',
      cluster: 'test',
      node: 'n9',
      instance: 'far',
      netns: 1,
      port: 0,
    }
    await publishUntilTaken(producer, [
      json(topics.nodes, { ...reportAt(now + 20 * 60_000), instance: 'far', started: now + 15 * 60_000 }),
      json(topics.endpoints, { ...address, address: '10.0.0.1', valid_from: now - 60_000 }),
    ])
    const served = { local: '10.0.0.2', local_port: 80, remote: '10.0.0.1', side: 'server' } as const
    const row = (remote_port: number) => batch([flow({ ...served, remote_port, time: Date.now() + 40_000 })])
    await publishUntilTaken(producer, [row(40_000)])
    await ingest.stop()
    nextIngest()
    await ingest.start()
    await publishUntilTaken(producer, [row(40_001)])
    expect(await one(server.query, 'SELECT groupArray(counted) AS counted FROM flows')).toEqual({ counted: [1, 1] })
  })

  it('does not take an agent for live for what its clock says of the future', async () => {
    const now = Date.now()
    const client = { local: '10.0.0.1', remote: '10.0.0.2', remote_port: 80 }
    const served = {
      local: '10.0.0.2',
      local_port: 80,
      remote: '10.0.0.1',
      remote_port: 40_000,
      side: 'server',
    } as const
    const first = [flow({ ...client, time: now - 60_000 }), flow({ ...client, time: now + 20 * 60_000 })]
    await publishUntilTaken(producer, [
      batch(first),
      batch([flow({ ...served, time: now - 40_000 }), flow({ ...served, time: now })]),
    ])
    const sql =
      "SELECT groupArray(counted) AS counted FROM (SELECT counted FROM flows WHERE side = 'server' ORDER BY time)"
    expect(await one(server.query, sql)).toEqual({ counted: [0, 1] })
  })

  it('takes no agent for two that was started again with its clock set right', async () => {
    const now = Date.now()
    const wrong = { ...reportAt(now + 5 * 60_000), started: now + 4 * 60_000, listeners: [] }
    const right = { ...wrong, instance: 'i10', started: now + 1, time: now + 20 }
    await publishUntilTaken(producer, [json(topics.nodes, wrong)])
    await wait(50)
    await publishUntilTaken(producer, [json(topics.nodes, { ...right, started: Date.now() - 1, time: Date.now() })])
    expect(warnings).toEqual([])
  })
})
