import { TestNamespace, wire } from '@headwater/native/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { PortRows, testAgent, until } from './harness.js'
import { CLIENT_NAME, Peers } from './peers.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const HERE = '192.0.2.1'
const THERE = '192.0.2.2'
const NOBODY = '192.0.2.9'
const BEYOND = '198.51.100.7'
const PORT = 9

/** Each way in which an attempt can fail comes out as itself, with its process: from the kernel to the row. */
describe.skipIf(missing !== undefined)('failures, each provoked', () => {
  let here: TestNamespace
  let there: TestNamespace
  let agent: Agent
  let producer: RecordingProducer
  let peers: Peers | undefined

  beforeEach(async () => {
    here = new TestNamespace()
    there = new TestNamespace()
    wire(here, there, [[`${HERE}/24`, `${THERE}/24`]])
    // The whole of an attempt takes 2 to 3 s.
    here.run('sysctl -qw net.ipv4.tcp_syn_retries=1')
    there.run('sysctl -qw net.ipv4.ip_forward=1')
    here.ip(`route add 198.51.100.0/24 via ${THERE}`)
    producer = new RecordingProducer()
    agent = testAgent(producer, { namespaces: [here.path] })
    await agent.start()
    peers = await new Peers().start(THERE, { server: { netns: there.path }, client: { netns: here.path } })
  })
  afterEach(async () => {
    await peers?.stop()
    await agent?.stop()
    here.remove()
    there.remove()
  })

  test.each([
    ['refused', THERE, () => {}],
    ['timeout', NOBODY, () => here.ip(`neigh add ${NOBODY} lladdr 02:00:00:00:00:09 dev wire0`)],
    ['unreachable', BEYOND, () => there.ip('route add unreachable 198.51.100.0/24')],
    ['no-route', BEYOND, () => {}],
    ['neigh-failed', NOBODY, () => here.run('sysctl -qw net.ipv4.neigh.wire0.mcast_solicit=1')],
    ['netfilter-drop', THERE, () => here.run(`iptables -A OUTPUT -p tcp --dport ${PORT} -j DROP`)],
  ] as const)('%s', async (reason, host, provoke) => {
    provoke()
    await peers!.client.order({ order: 'fail', count: 1, host, port: PORT })
    const rows = new PortRows(producer, PORT)
    await until(() => rows.client.length > 0)
    expect(rows.client).toEqual([
      expect.objectContaining({
        failures: 1,
        failure_reason: reason,
        close_reason: '',
        connects: 0,
        closes: 0,
        remote_ip: host,
        process: CLIENT_NAME,
        pid: peers!.client.pid,
        uid: 0,
        owner_source: 'connect',
        owner_uncertain: 0,
        transport: 'tcp',
      }),
    ])
    const again = rows.client[0]!.syn_retransmits
    if (['timeout', 'netfilter-drop'].includes(reason)) expect(again).toBeGreaterThan(0)
    else if (reason === 'refused') expect(again).toBe(0)
  })

  test('no-free-port: the range of local ports is used up, and nothing is sent', async () => {
    here.run('sysctl -qw net.ipv4.ip_local_port_range=61000\t61001')
    const { client, port } = peers!
    await client.order({ order: 'hold', count: 2, host: THERE, port })
    await client.order({ order: 'fail', count: 3, host: THERE, port })
    const rows = new PortRows(producer, port)
    const failed = () => rows.client.filter((r) => r.failures === 1)
    await until(() => failed().length === 3)
    for (const row of failed())
      expect(row).toMatchObject({
        failure_reason: 'no-free-port',
        local_port: 0,
        remote_ip: THERE,
        process: CLIENT_NAME,
        owner_source: 'connect',
        tx_packets: 0,
      })
    // Those that live on are told of by a walk.
    await until(() => rows.client.filter((r) => r.connects === 1).length === 2)
  })

  test('an end tells how it came: who closed first, who reset, and why', async () => {
    const { client, port } = peers!
    const rows = new PortRows(producer, port)
    await client.order({ order: 'short', count: 1, host: THERE, port, length: 10, answer: 20 })
    await until(() => rows.client.some((r) => Number(r.closes) > 0))
    // The server ends a short connection.
    expect(rows.client.at(-1)).toMatchObject({
      closes: 1,
      close_reason: 'passive-close',
      resets_rx: 0,
      reset_reason: '',
    })
    await client.order({ order: 'hold', count: 1, host: THERE, port })
    await until(() => rows.client.some((r) => r.open === 1))
    await peers!.server.end()
    await until(() => rows.client.filter((r) => Number(r.closes) > 0).length > 1)
    expect(['passive-close', 'reset']).toContain(rows.client.findLast((r) => r.closes === 1)?.close_reason)
  })
})
