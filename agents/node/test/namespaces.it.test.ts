import { TestNamespace, wire } from '@headwater/native/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { type Row, rowsOf, sum } from '../src/testing/rows.js'
import { identity, reasonsOf, testAgent, until } from './harness.js'
import { Peers } from './peers.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
/** Header of a message of test/programs/server.mjs. */
const HEADER = 8
const IN_A = '192.0.2.1'
const IN_B = '192.0.2.2'

interface Node {
  agent: Agent
  producer: RecordingProducer
}

describe.skipIf(missing !== undefined)('two agents on one kernel, each limited to a namespace that is its node', () => {
  let a: TestNamespace
  let b: TestNamespace
  let peers: Peers[] = []
  let nodes: Node[] = []

  beforeEach(() => {
    a = new TestNamespace()
    b = new TestNamespace()
    wire(a, b, [
      [`${IN_A}/24`, `${IN_B}/24`],
      ['2001:db8::1/64', '2001:db8::2/64'],
    ])
  })
  afterEach(async () => {
    for (const { agent } of nodes) await agent.stop()
    for (const each of peers) await each.stop()
    nodes = []
    peers = []
    a?.remove()
    b?.remove()
  })

  async function node(
    name: string,
    of: TestNamespace,
    over: Partial<Parameters<typeof testAgent>[1]> = {},
  ): Promise<Node> {
    const producer = new RecordingProducer()
    const agent = testAgent(producer, { namespaces: [of.path], identity: { ...identity, node: name }, ...over })
    const started = { agent, producer }
    nodes.push(started)
    await agent.start()
    return started
  }

  /** A server and a client, each in a namespace, or on the host. */
  async function peersIn(listenOn: string, server?: TestNamespace, client?: TestNamespace): Promise<Peers> {
    const started = await new Peers().start(listenOn, {
      server: server === undefined ? {} : { netns: server.path },
      client: client === undefined ? {} : { netns: client.path },
    })
    peers.push(started)
    return started
  }

  const rows = ({ producer }: Node): Row[] => rowsOf(producer.batches())
  const addresses = ({ producer }: Node): string[] =>
    producer
      .endpoints()
      .filter(({ kind, valid_to }) => kind === 'node-address' && valid_to === null)
      .map(({ netns, address, node }) => `${node} ${netns} ${address}`)
      .sort()
  const listeners = ({ producer }: Node) => [
    ...new Set(producer.endpoints().flatMap(({ kind, port }) => (kind === 'listener' ? [port] : []))),
  ]

  test('each tells of its own ends, listeners and addresses only, and what one sends the other receives', async () => {
    const [onA, onB] = [await node('a', a), await node('b', b)]
    // Before there is any socket.
    await until(() => addresses(onA).length >= 4 && addresses(onB).length >= 4)
    const own = ({ inode }: TestNamespace, name: string, ...wires: string[]) =>
      ['127.0.0.1', '::1', ...wires].map((address) => `${name} ${inode} ${address}`).sort()
    expect(addresses(onA)).toEqual(own(a, 'a', IN_A, '2001:db8::1'))
    expect(addresses(onB)).toEqual(own(b, 'b', IN_B, '2001:db8::2'))

    const across = await peersIn('0.0.0.0', a, b)
    const within = await peersIn('127.0.0.1', b, b)
    const host = await peersIn('127.0.0.1')
    const short = { order: 'short', length: 100, answer: 2000 }
    await Promise.all([
      across.client.order({ ...short, count: 200, host: IN_A, port: across.port }),
      within.client.order({ ...short, count: 50, host: '127.0.0.1', port: within.port }),
      host.client.order({ ...short, count: 50, host: '127.0.0.1', port: host.port }),
    ])
    await until(() => sum(rows(onA), 'closes') >= 200 && sum(rows(onB), 'closes') >= 300)
    for (const { agent } of nodes) await agent.stop()

    const [ofA, ofB] = [rows(onA), rows(onB)]
    expect(new Set(ofA.map(({ netns, side }) => `${netns} ${side}`))).toEqual(new Set([`${a.inode} server`]))
    expect(new Set(ofB.map(({ netns }) => netns))).toEqual(new Set([b.inode]))
    const total = (each: number, spread: number, count: number) =>
      Array.from({ length: count }, (_, i) => each + (i % spread)).reduce((n, bytes) => n + bytes, 0)
    const [sent, answered] = [total(100, 7, 200) + 200 * HEADER, total(2000, 5, 200)]
    const overWire = ofB.filter((r) => r.remote_port === across.port)
    expect(['accepts', 'closes', 'rx_bytes', 'tx_bytes'].map((c) => sum(ofA, c as 'closes'))).toEqual([
      200,
      200,
      sent,
      answered,
    ])
    expect(['connects', 'closes', 'tx_bytes', 'rx_bytes'].map((c) => sum(overWire, c as 'closes'))).toEqual([
      200,
      200,
      sent,
      answered,
    ])
    expect(new Set(overWire.map((r) => r.connection_id))).toEqual(new Set(ofA.map((r) => r.connection_id)))
    const inside = ofB.filter((r) => r.remote_port !== across.port)
    expect([sum(inside, 'connects'), sum(inside, 'accepts'), sum(inside, 'closes')]).toEqual([50, 50, 100])
    expect([listeners(onA), listeners(onB)]).toEqual([[across.port], [within.port]])
    for (const each of [onA, onB]) {
      expect(each.producer.reports().at(-1)).toMatchObject({
        stopping: true,
        produced: { rows: rows(each).length },
      })
      expect(reasonsOf(each.producer.reports().at(-1)?.dropped)).toEqual([])
      expect(each.producer.reports().at(-1)?.listeners).toHaveLength(1)
    }
  })

  test('a connection older than the agent is partial, and the processes are known that serve it', async () => {
    const across = await peersIn('0.0.0.0', a, b)
    const host = await peersIn('127.0.0.1')
    for (const { client, port, at } of [
      { ...pick(across), at: IN_A },
      { ...pick(host), at: '127.0.0.1' },
    ]) {
      await client.order({ order: 'hold', count: 3, host: at, port })
      await client.order({ order: 'exchange', length: 1000, answer: 10 })
    }
    const onA = await node('a', a)
    await until(() => rows(onA).length >= 3)
    await across.client.order({ order: 'exchange', length: 40, answer: 2 })
    await across.client.order({ order: 'release' })
    await until(() => sum(rows(onA), 'closes') >= 3)
    const seen = rows(onA)
    expect(new Set(seen.map((r) => `${r.netns} ${r.pid} ${r.partial}`))).toEqual(
      new Set([`${a.inode} ${across.server.pid} 1`]),
    )
    expect([sum(seen, 'rx_bytes'), sum(seen, 'tx_bytes'), sum(seen, 'closes')]).toEqual([3 * (40 + HEADER), 3 * 2, 3])
  })

  test("Headwater's own processes in the node's namespace are told, at both ends", async () => {
    const own = new Set<number>()
    const onB = await node('b', b, { selfPids: () => own })
    const within = await peersIn('0.0.0.0', b, b)
    own.add(within.server.pid)
    await until(() => listeners(onB).includes(within.port))
    await within.client.order({ order: 'short', count: 5, host: IN_B, port: within.port, length: 1, answer: 1 })
    // Own rows wait for company, and leave with the stop.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await onB.agent.stop()
    expect(rows(onB).map((r) => r.self)).toEqual(Array(10).fill(1))
  })

  test('a namespace that cannot be opened ends the start, and leaves nothing behind', async () => {
    const producer = new RecordingProducer()
    const agent = testAgent(producer, { namespaces: [a.path, '/run/netns/none-of-this-name'] })
    await expect(agent.start()).rejects.toMatchObject({
      code: 'bad-namespace',
      message: '/run/netns/none-of-this-name cannot be observed: it does not exist',
    })
    expect(agent.status().state).toBe('stopped')
    await agent.stop()
    expect(producer.messages).toEqual([])
  })
})

const pick = ({ client, port }: Peers) => ({ client, port })
