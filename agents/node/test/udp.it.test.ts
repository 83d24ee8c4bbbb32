import { readFileSync } from 'node:fs'
import { createProbe, type ProbeOptions } from '@headwater/native'
import { TestNamespace, wire } from '@headwater/native/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { type Row, rowsOf, sum } from '../src/testing/rows.js'
import { testAgent, until } from './harness.js'
import { introduce, onWire } from './interface.js'
import { type Placed, place } from './placed.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const A = '192.0.2.1'
const B = '192.0.2.2'
const A6 = '2001:db8::1'
const B6 = '2001:db8::2'
const PORT = 5300

interface Counts {
  sent: number
  sentBytes: number
  received: number
  receivedBytes: number
  errors: number
}

describe.skipIf(missing !== undefined)('UDP', () => {
  let a: TestNamespace
  let b: TestNamespace
  let agent: Agent | undefined
  let producer: RecordingProducer
  let programs: Placed[] = []

  beforeEach(() => {
    a = new TestNamespace()
    b = new TestNamespace()
    // What IPv6 says of itself on a new wire is said at once.
    for (const ns of [a, b])
      for (const quiet of [
        'router_solicitations=0',
        'mldv1_unsolicited_report_interval=1',
        'mldv2_unsolicited_report_interval=1',
      ])
        ns.run(`sysctl -qw net.ipv6.conf.default.${quiet}`)
    wire(a, b, [
      [`${A}/24`, `${B}/24`],
      [`${A6}/64`, `${B6}/64`],
    ])
    producer = new RecordingProducer()
  })
  afterEach(async () => {
    await agent?.stop()
    agent = undefined
    for (const program of programs) await program.stop()
    programs = []
    a.remove()
    b.remove()
  })

  async function observe(options: ProbeOptions = {}): Promise<void> {
    const namespaces = [a.path, b.path]
    agent = testAgent(producer, { namespaces, probe: createProbe({ namespaces, ...options }) })
    await agent.start()
  }

  async function start(ns: TestNamespace): Promise<Placed> {
    const program = await place('udp.mjs', ns.path)
    programs.push(program)
    return program
  }

  const rows = (match: (row: Row) => boolean): Row[] =>
    rowsOf(producer.batches()).filter((row) => row.transport === 'udp' && match(row))
  const ofServer = (port = PORT) => rows((r) => r.local_port === port)
  const ofClient = (port = PORT) => rows((r) => r.remote_port === port)
  const report = (name: string) => producer.reports().at(-1)?.kernel_records[name] ?? 0

  /** So that nothing but datagrams is on the wire. */
  async function settle(type: string): Promise<void> {
    const only4 = type === 'udp4'
    if (only4) for (const ns of [a, b]) ns.run('sysctl -qw net.ipv6.conf.all.disable_ipv6=1')
    introduce([
      { ns: a, device: 'wire0', other: only4 ? [B] : [B, B6] },
      { ns: b, device: 'wire1', other: only4 ? [A] : [A, A6] },
    ])
    await new Promise((r) => setTimeout(r, 1000))
  }

  test.each([
    ['IPv4', 'udp4', A, B, 28],
    ['IPv6', 'udp6', A6, B6, 48],
  ])(
    '%s: packets and bytes are what both programs counted, and what the wire carried',
    async (_, type, from, to, header) => {
      await settle(type)
      await observe()
      const [server, client] = [await start(b), await start(a)]
      await server.do('bind', { id: 's', type, address: to, port: PORT, echo: true })
      const before = onWire(a, 'wire0')
      await client.do('bind', { id: 'c', type, address: from })
      const port = await client.do('port', { id: 'c' })
      await client.do('send', { id: 'c', count: 300, length: 10, step: 4, port: PORT, address: to })
      const counted = async (): Promise<Counts> => client.do('counts', { id: 'c' })
      for (let n = 0; n < 100 && (await counted()).received < 300; n++) await new Promise((r) => setTimeout(r, 50))
      const ofProgram = await counted()
      const after = onWire(a, 'wire0')
      expect(ofProgram).toMatchObject({ sent: 300, received: 300, errors: 0 })
      await until(() => sum(ofClient(), 'rx_packets') >= 300 && sum(ofServer(), 'tx_packets') >= 300)

      expect(sum(ofClient(), 'tx_packets')).toBe(ofProgram.sent)
      expect(sum(ofClient(), 'rx_packets')).toBe(ofProgram.received)
      expect(sum(ofClient(), 'tx_bytes')).toBe(ofProgram.sentBytes)
      expect(sum(ofClient(), 'rx_bytes')).toBe(ofProgram.receivedBytes)
      expect(sum(ofServer(), 'tx_bytes')).toBe(ofProgram.receivedBytes)
      expect(sum(ofServer(), 'rx_bytes')).toBe(ofProgram.sentBytes)
      expect(sum(ofClient(), 'tx_wire_bytes')).toBe(ofProgram.sentBytes + ofProgram.sent * header)
      // The stack's own messages of IPv6 (MLD) may be among them; datagrams are counted by what is left of it.
      const others = { tx: after.txPackets - before.txPackets - 300, rx: after.rxPackets - before.rxPackets - 300 }
      if (others.tx === 0) expect(sum(ofClient(), 'tx_wire_bytes')).toBe(after.tx - before.tx)
      if (others.rx === 0) expect(sum(ofClient(), 'rx_wire_bytes')).toBe(after.rx - before.rx)
      if (type === 'udp4') expect(others).toEqual({ tx: 0, rx: 0 })

      for (const row of ofClient())
        expect(row).toMatchObject({ local_ip: from, local_port: port, remote_ip: to, side: 'client', pid: client.pid })
      for (const row of ofServer())
        expect(row).toMatchObject({
          remote_ip: from,
          remote_port: port,
          side: 'server',
          side_source: 'socket',
          pid: server.pid,
        })
      for (const name of ['connects', 'accepts', 'closes', 'failures', 'drops', 'icmp_errors', 'partial'] as const)
        expect(sum([...ofClient(), ...ofServer()], name)).toBe(0)
      expect(new Set([...ofClient(), ...ofServer()].map((r) => r.connection_id)).size).toBe(1)

      await client.do('close', { id: 'c' })
      await until(() => ofClient().some((r) => r.open === 0))
      expect(ofClient().filter((r) => r.open === 0)).toHaveLength(1)
      expect(sum(ofClient(), 'tx_packets')).toBe(ofProgram.sent)
    },
  )

  test.each([
    ['IPv4', 'udp4', A, B],
    ['IPv6', 'udp6', A6, B6],
  ])('%s: a datagram in fragments is one packet, with all that was on the wire', async (_, type, from, to) => {
    await settle(type)
    await observe()
    const [server, client] = [await start(b), await start(a)]
    await server.do('bind', { id: 's', type, address: to, port: PORT })
    await client.do('bind', { id: 'c', type, address: from })
    const before = onWire(a, 'wire0')
    await client.do('send', { id: 'c', count: 15, length: 1470, step: 700, port: PORT, address: to })
    const { sent, sentBytes } = (await client.do('counts', { id: 'c' })) as Counts
    const after = onWire(a, 'wire0')
    await until(() => sum(ofServer(), 'rx_packets') === 15 && sum(ofClient(), 'tx_packets') === 15)
    expect(sum(ofClient(), 'tx_packets')).toBe(sent)
    expect(sum(ofServer(), 'rx_bytes')).toBe(sentBytes)
    expect(sum(ofClient(), 'tx_wire_bytes')).toBe(after.tx - before.tx)
    expect(sum(ofServer(), 'rx_wire_bytes')).toBe(after.tx - before.tx)
  })

  test('a socket that only receives has its owner by bind(), one older than the agent by its open file', async () => {
    const [older, client] = [await start(b), await start(a)]
    await older.do('bind', { id: 's', address: B, port: PORT })
    await observe()
    const newer = await start(b)
    await newer.do('bind', { id: 's', address: B, port: PORT + 1 })
    for (const port of [PORT, PORT + 1])
      await client.do('send', { id: `c${port}`, count: 3, length: 8, port, address: B })
    await until(() => sum(ofServer(), 'rx_packets') === 3 && sum(ofServer(PORT + 1), 'rx_packets') === 3)
    expect(ofServer()[0]).toMatchObject({
      pid: older.pid,
      owner_source: 'walk',
      side: 'server',
      side_source: 'guess',
      partial: 1,
    })
    expect(ofServer(PORT + 1)[0]).toMatchObject({
      pid: newer.pid,
      owner_source: 'listener',
      side: 'server',
      partial: 0,
    })
    expect(ofClient()[0]).toMatchObject({
      pid: client.pid,
      owner_source: 'first-io',
      side: 'client',
      side_source: 'socket',
    })
  })

  test('a queue without room: what is dropped is counted, beside what arrived', async () => {
    await observe()
    const [server, client] = [await start(b), await start(a)]
    await server.do('bind', { id: 's', address: B, port: PORT, rcvbuf: 4096 })
    const udp = () => {
      const text = readFileSync(`/proc/${server.pid}/net/snmp`, 'utf8')
      const [names = [], values = []] = [...text.matchAll(/^Udp: (.*)$/gm)].map((m) => m[1]!.split(' '))
      return Number(values[names.indexOf('RcvbufErrors')])
    }
    server.pause()
    await client.do('send', { id: 'c', count: 200, length: 500, port: PORT, address: B })
    await until(() => sum(ofServer(), 'rx_packets') === 200)
    const dropped = udp()
    expect(dropped).toBeGreaterThan(100)
    await until(() => sum(ofServer(), 'drops') >= dropped)
    expect(sum(ofServer(), 'drops')).toBe(dropped)
    expect(sum(ofServer(), 'rx_packets')).toBe(200)
    server.resume()
    await until(() => false, 300)
    expect(((await server.do('counts', { id: 's' })) as Counts).received).toBe(200 - dropped)
  })

  test('a port that nobody has: the ICMP errors that its socket was told of', async () => {
    await observe()
    const client = await start(a)
    await client.do('connect', { id: 'c', address: B, port: PORT })
    for (let n = 0; n < 5; n++) {
      await client.do('send', { id: 'c', count: 1, length: 8 })
      await until(() => false, 100)
    }
    const { sent } = (await client.do('counts', { id: 'c' })) as Counts
    await until(() => sum(ofClient(), 'tx_packets') >= sent && sum(ofClient(), 'icmp_errors') > 0)
    const errors = sum(ofClient(), 'icmp_errors')
    // Each packet that went out came back as one.
    expect(errors).toBe(sum(ofClient(), 'tx_packets'))
    expect(sum(ofClient(), 'rx_packets')).toBe(0)
    expect(sum(ofClient(), 'failures')).toBe(0)
  })

  test('a silent conversation ends, and begins anew', async () => {
    await observe({ conversationIdleMs: 800 })
    const [server, client] = [await start(b), await start(a)]
    await server.do('bind', { id: 's', address: B, port: PORT, echo: true })
    await client.do('send', { id: 'c', count: 2, length: 8, port: PORT, address: B })
    await until(() => ofClient().some((r) => r.open === 0))
    await client.do('send', { id: 'c', count: 3, length: 8, port: PORT, address: B })
    await until(() => sum(ofServer(), 'tx_packets') === 5)
    expect(sum(ofClient(), 'tx_packets')).toBe(5)
    expect(new Set(ofClient().map((r) => r.start)).size).toBe(2)
    expect(ofServer().every((r) => r.side === 'server')).toBe(true)
  })

  test.each([
    ['lower', 5004, 6004],
    ['higher', 6004, 5004],
  ])(
    'both ends named their ports, and the %s speaks first: one is the client, the other the server',
    async (_, from, to) => {
      await observe()
      const [one, other] = [await start(b), await start(a)]
      await one.do('bind', { id: 's', address: B, port: to, echo: true })
      await other.do('bind', { id: 'c', address: A, port: from })
      await other.do('send', { id: 'c', count: 3, length: 8, port: to, address: B })
      const seen = (port: number) => rows((r) => r.local_port === port)
      await until(() => sum(seen(from), 'rx_packets') === 3 && sum(seen(to), 'tx_packets') === 3)
      expect([...new Set(seen(from).map((r) => r.side))]).toEqual(['client'])
      expect([...new Set(seen(to).map((r) => r.side))]).toEqual(['server'])
    },
  )

  test('who is first to speak to a server older than the agent, after a silence, is its client, with nothing missed', async () => {
    const [older, client] = [await start(b), await start(a)]
    await older.do('bind', { id: 's', address: B, port: 50_000, echo: true })
    await observe({ conversationIdleMs: 400 })
    const whole = () => ofServer(50_000).filter((r) => r.partial === 0)
    for (let n = 0; n < 50 && whole().length === 0; n++) {
      await client.do('bind', { id: `c${n}`, address: A, port: 40_000 + n })
      await client.do('send', { id: `c${n}`, count: 3, length: 8, port: 50_000, address: B })
      await until(() => false, 500)
    }
    expect(whole()[0]).toMatchObject({ side: 'server', side_source: 'socket', pid: older.pid })
    expect(ofServer(50_000).filter((r) => r.side !== 'server')).toEqual([])
  })

  test.each([5400, 50_000])(
    'a server of port %i older than the agent speaks first: the ends do not say the same',
    async (port) => {
      const [server, client] = [await start(b), await start(a)]
      await server.do('bind', { id: 's', address: B, port })
      await client.do('bind', { id: 'c', address: A })
      const from = await client.do('port', { id: 'c' })
      await client.do('send', { id: 'c', count: 1, length: 8, port, address: B })
      await observe()
      const told = (await server.do('send', { id: 's', count: 3, length: 8, port: from, address: A })) as Counts
      expect(told).toMatchObject({ sent: 3, errors: 0 })
      await until(() => sum(ofServer(port), 'tx_packets') === 3 && sum(ofClient(port), 'rx_packets') === 3)
      await client.do('send', { id: 'c', count: 2, length: 8, port, address: B })
      await until(() => sum(ofServer(port), 'rx_packets') === 2)
      const sides = (of: Row[]) => [...new Set(of.map(({ side, side_source }) => `${side} ${side_source}`))]
      const missing = agent?.status().capabilities.filter(({ ok }) => !ok)
      const why = `${report('conversations')} conversations; missing: ${JSON.stringify(missing)}`
      expect([sides(ofServer(port)), sides(ofClient(port))], why).toEqual([['server guess'], ['client guess']])
    },
  )

  test('a server that speaks first from a port above those that the kernel chooses: what is said of the sides is a guess', async () => {
    await observe()
    const [server, client] = [await start(b), await start(a)]
    await server.do('bind', { id: 's', address: B, port: 61_000 })
    await client.do('connect', { id: 'c', address: B, port: 61_000 })
    const from = await client.do('port', { id: 'c' })
    await server.do('send', { id: 's', count: 3, length: 8, port: from, address: A })
    await client.do('send', { id: 'c', count: 2, length: 8 })
    await until(() => sum(ofServer(61_000), 'rx_packets') === 2 && sum(ofClient(61_000), 'rx_packets') === 3)
    const rows = [...ofServer(61_000), ...ofClient(61_000)]
    expect(new Set(rows.map(({ side_source }) => side_source))).toEqual(new Set(['guess']))
  })

  test('conversations without room are counted, packet by packet', async () => {
    await observe({ maxConversations: 20 })
    const [server, client] = [await start(b), await start(a)]
    await server.do('bind', { id: 's', address: B, port: PORT })
    for (let n = 0; n < 60; n++) await client.do('send', { id: `c${n}`, count: 2, length: 8, port: PORT, address: B })
    const seen = () => sum(ofClient(), 'tx_packets') + sum(ofServer(), 'rx_packets')
    await until(() => seen() + report('conversations_full') === 240)
    expect(report('conversations_full')).toBeGreaterThan(100)
    expect(seen() + report('conversations_full')).toBe(240)
  })
})
