import { setTimeout as wait } from 'node:timers/promises'
import { type EndpointInput, topics } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { parseCidrs } from '../src/cidrs/index.js'
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

describe('nodes and endpoints, on the local bus', () => {
  it('stores heartbeats and listeners', async () => {
    const time = Date.now() - 500
    const report = reportAt(time)
    await publishUntilTaken(producer, [
      json(topics.nodes, report),
      json(topics.nodes, { ...report, time: time + 1, listeners: [] }),
    ])
    const nodes =
      'SELECT count() AS n, toUnixTimestamp64Milli(max(time)) AS last, max(produced_rows) AS rows FROM nodes'
    expect(await one(server.query, nodes)).toEqual({ n: 2, last: time + 1, rows: 7 })
    const listeners = 'SELECT toString(process) AS process, toString(address) AS address, drops FROM listeners'
    expect(await one(server.query, listeners)).toEqual({ process: 'nginx', address: '::ffff:127.0.0.1', drops: 2 })
  })

  it('tells of two nodes of one name, once, and the store shows both', async () => {
    const now = Date.now()
    const first = { ...reportAt(now - 8000), started: now - 60_000, listeners: [] }
    const other = { ...first, instance: 'i10', started: now - 30_000 }
    const all = [first, other, { ...first, time: now - 3000 }, { ...other, time: now - 3000 }]
    await publishUntilTaken(
      producer,
      all.map((report) => json(topics.nodes, report)),
    )
    expect(warnings).toEqual([expect.stringContaining('two agents say that they are the same node')])
    expect(await ingest.metrics()).toContain('headwater_ingest_node_twins_total{replica="r1"} 1')
    const twins = `SELECT cluster, node, count() AS instances FROM (
      SELECT cluster, node, instance, min(started) AS since, maxIf(time, stopping = 0) AS last FROM nodes
      WHERE time > now64(3) - 35 GROUP BY cluster, node, instance HAVING max(stopping) = 0
    ) GROUP BY cluster, node HAVING instances > 1 AND max(since) < min(last)`
    expect(await one(server.query, twins)).toEqual({ cluster: 'c', node: 'n9', instances: 2 })
  })

  it('goes on after a restart with what the store knows of places, names and leases', async () => {
    await ingest.stop()
    const cidrs = parseCidrs('nat_gateways: [{ name: nat-1, addresses: [100.64.0.1/32] }]', 'cidrs.yaml')
    nextIngest({ cidrs })
    await ingest.start()
    const time = Date.now() - 1000
    const base = { realm: 'test', cluster: 'test', node: 'n2', instance: 'i2', netns: 1, zone: 'b', region: 'x' }
    const listener = { ...base, kind: 'listener', address: '::', port: 80, process: 'nginx', service: 'shop' }
    await publishUntilTaken(producer, [
      json(topics.endpoints, { ...base, kind: 'node-address', address: '10.0.0.2', port: 0, valid_from: time - 9000 }),
      json(topics.endpoints, { ...listener, namespace: 'prod', container_name: 'shop-1', valid_from: time - 9000 }),
      json(topics.nodes, { ...reportAt(time), instance: 'i2', node: 'n2' }),
    ])
    await ingest.stop()
    nextIngest({ cidrs })
    await ingest.start()
    const served = { local: '10.0.0.9', local_port: 80, remote_port: 40_000, side: 'server', time } as const
    await publishUntilTaken(producer, [
      batch([flow({ time, remote: '10.0.0.2', remote_port: 80 })]),
      batch([flow({ ...served, remote: '10.0.0.2' }), flow({ ...served, remote: '100.64.0.1' })]),
    ])
    const { columns } = await server.query.query(
      `SELECT side, counted, remote_service, remote_namespace, remote_container, remote_node, remote_zone, remote_region, nat_gateway
       FROM flows ORDER BY side, remote_ip`,
    )
    expect(columns).toEqual({
      side: ['client', 'server', 'server'],
      counted: [1, 0, 0],
      remote_service: ['shop', '10.0.0.2', 'nat-1'],
      remote_namespace: ['prod', '', ''],
      remote_container: ['shop-1', '', ''],
      remote_node: ['n2', 'n2', ''],
      remote_zone: ['b', 'b', ''],
      remote_region: ['x', 'x', ''],
      nat_gateway: ['', '', 'nat-1'],
    })
  })

  it('replaces an endpoint by what is said of it later', async () => {
    const endpoint: EndpointInput = {
      kind: 'listener',
      realm: 'r',
      cluster: 'c',
      node: 'n',
      instance: 'i',
      netns: 1,
      transport: 'tcp',
      address: '::',
      port: 80,
      pid: 1,
      process: 'nginx',
      container_id: '',
      zone: '',
      region: '',
      valid_from: Date.now() - 5000,
      valid_to: null,
    }
    await publishUntilTaken(producer, [json(topics.endpoints, endpoint)])
    await wait(5)
    const ended = { ...endpoint, valid_to: Date.now() }
    await publishUntilTaken(producer, [json(topics.endpoints, ended)])
    const sql =
      'SELECT count() AS n, toUnixTimestamp64Milli(assumeNotNull(any(valid_to))) AS ended FROM endpoints FINAL'
    expect(await one(server.query, sql)).toEqual({ n: 1, ended: ended.valid_to })
  })
})
