import { TestNamespace, wire } from '@headwater/native/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { questionsOf } from '../src/testing/rows.js'
import { testAgent, until } from './harness.js'
import { type Placed, place } from './placed.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const A = '192.0.2.1'
const B = '192.0.2.2'
const B6 = '2001:db8::2'

describe.skipIf(missing !== undefined)('DNS', () => {
  let a: TestNamespace
  let b: TestNamespace
  let agent: Agent
  let server: Placed
  let client: Placed
  const producer = new RecordingProducer()

  beforeAll(async () => {
    a = new TestNamespace()
    b = new TestNamespace()
    wire(a, b, [
      [`${A}/24`, `${B}/24`],
      ['2001:db8::1/64', `${B6}/64`],
    ])
    agent = testAgent(producer, { namespaces: [a.path, b.path] })
    await agent.start()
    server = await place('names.mjs', b.path)
    client = await place('names.mjs', a.path)
    for (const address of [B, B6]) await server.do('serve', { address, port: 53 })
  })
  afterAll(async () => {
    await agent?.stop()
    await server?.stop()
    await client?.stop()
    a?.remove()
    b?.remove()
  })

  const asked = (name: string) => questionsOf(producer.dns()).filter((q) => q.query_name === name)
  const counter = (name: string) => producer.reports().at(-1)?.kernel_records[`agent.dns_${name}`] ?? 0

  /** Asks, and gives the resolver's word for it and the one row of it. */
  async function ask(name: string, options: Record<string, unknown> = {}) {
    const { result, ms } = await client.do('ask', { server: B, name, ...options })
    const kept = name.toLowerCase()
    await until(() => asked(kept).length > 0)
    const [row] = asked(kept)
    return { result, ms, row: row! }
  }

  test('an answer: name, type, addresses, time, and the process that asked', async () => {
    const { result, ms, row } = await ask('ok.Example.test')
    expect(result).toEqual(['192.0.2.7'])
    expect(row).toMatchObject({
      query_name: 'ok.example.test',
      query_type: 'A',
      rcode: 'NOERROR',
      answers: ['192.0.2.7'],
      server_ip: B,
      server_port: 53,
      local_ip: A,
      transport: 'udp',
      timed_out: 0,
      truncated: 0,
      count: 1,
      pid: client.pid,
      process: 'node',
    })
    const took = Number(row.duration_us) / 1000
    expect(took).toBeGreaterThan(0)
    expect(took).toBeLessThanOrEqual(ms)
  })

  test('IPv6: the server and the answer', async () => {
    const { result, row } = await ask('six.test', { server: `[${B6}]:53`, type: 'AAAA' })
    expect(result).toEqual(['2001:db8::7'])
    expect(row).toMatchObject({ query_type: 'AAAA', server_ip: B6, answers: ['2001:db8::7'], rcode: 'NOERROR' })
  })

  test.each([
    ['nx.test', 'NXDOMAIN', 'ENOTFOUND'],
    ['fail.test', 'SERVFAIL', 'ESERVFAIL'],
  ])('%s is told as %s', async (name, rcode, error) => {
    const { result, row } = await ask(name)
    expect(result).toBe(error)
    expect(row).toMatchObject({ rcode, answers: [], timed_out: 0 })
  })

  test('a slow answer has its time', async () => {
    const { ms, row } = await ask('slow.test')
    expect(Number(row.duration_us)).toBeGreaterThanOrEqual(299_000)
    expect(Number(row.duration_us) / 1000).toBeLessThanOrEqual(ms)
  })

  test('no answer is a timeout, 5 s after the question', async () => {
    const { result, row } = await ask('lost.test', { timeout: 500 })
    expect(result).toBe('ETIMEOUT')
    expect(row).toMatchObject({ rcode: '', timed_out: 1, duration_us: 5_000_000, answers: [] })
    expect(asked('lost.test')).toHaveLength(1)
  })

  test('an answer cut short says so', async () => {
    await client.do('ask', { server: B, name: 'cut.test', timeout: 500 })
    await until(() => asked('cut.test').length > 0)
    expect(asked('cut.test')[0]).toMatchObject({ truncated: 1, rcode: 'NOERROR' })
  })

  test('answers with a loop, of 5 bytes, or to another question: counted, and the true one is found', async () => {
    for (const name of ['loop.test', 'short.test', 'other.test']) {
      expect(await client.do('raw', { server: B, name })).toBe(2)
      await until(() => asked(name).length > 0)
      expect(asked(name)).toHaveLength(1)
      expect(asked(name)[0]).toMatchObject({ rcode: 'NOERROR', answers: ['192.0.2.7'], timed_out: 0 })
    }
    await until(() => counter('unreadable') >= 2 && counter('mismatched') >= 1)
    expect(counter('unreadable')).toBe(2)
    expect(counter('mismatched')).toBe(1)
  })

  test('every question that the server saw is one row', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `many${i}.test`)
    await Promise.all(names.map((name) => client.do('ask', { server: B, name })))
    await until(() => names.every((name) => asked(name).length > 0))
    const seen = (await server.do('seen')) as Record<string, number>
    for (const name of names) expect(asked(name)).toHaveLength(seen[name.split('.')[0] as string] as number)
    expect(counter('overflowed')).toBe(0)
  })
})
