import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createKafkaProducer, ensureTopics, readTopic } from '@headwater/bus'
import { silentLogger as logger, startTestKafka, type TestKafka, untilLed } from '@headwater/bus/testing'
import {
  type Account,
  type AccountsAnswer,
  accountsSchema,
  type BusMessage,
  type BusProducer,
  batchHeaders,
  encodeDnsBatch,
  encodeFlowBatch,
  lagSchema,
  type NodeReportInput,
  topics,
} from '@headwater/contracts'
import { ingestTopics } from '@headwater/ingest'
import { buildDnsBatch, buildFlowBatch } from '@headwater/ingest/testing'
import { createQueryServer, type QueryServer } from '@headwater/query'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, run, skip } from './support/headwater.js'
import { hasJava } from './support/java.js'

// What became of each batch of an agent, known before: through the bus, ingest that is killed, the store and the API.

const MINUTE = 60_000
const TOKEN = 'of-the-test-of-accounts'
const DAY = 24 * 60 * MINUTE
const begin = Math.floor(Date.now() / MINUTE) * MINUTE - 6 * MINUTE
const at = (minute: number) => begin + minute * MINUTE + 20_000
const spec = (instance: string, sequence: number) => ({ instance, sequence, node: 'n1', cluster: 'accounts' })
const times = (time: number, n = 10) => Array.from({ length: n }, (_, i) => time + i)

function flows(sequence: number, rows: number[], instance = 'a'): BusMessage {
  const ends = { local: '10.9.0.1', remote: '8.8.8.8', remote_port: 443 }
  const specs = rows.map((time, i) => ({ ...ends, time, local_port: 30_000 + i }))
  const value = encodeFlowBatch(buildFlowBatch(spec(instance, sequence), specs))
  return { topic: topics.flows, key: instance, value, headers: batchHeaders(instance, sequence, rows.length) }
}
function dns(sequence: number, rows: number[], instance = 'a'): BusMessage {
  const specs = rows.map((time) => ({ time, transport: 'udp', query_name: 'x.test', count: 1 }))
  const value = encodeDnsBatch(buildDnsBatch(spec(instance, sequence), specs))
  return { topic: topics.dns, key: instance, value, headers: batchHeaders(instance, sequence, rows.length) }
}
const broken = (message: BusMessage): BusMessage => ({ ...message, value: new TextEncoder().encode('no Arrow') })

/** Counts since the agent began, as it told them late in that minute. */
function report(minute: number, rows: number, batches: number, more: Partial<NodeReportInput> = {}): BusMessage {
  const told: NodeReportInput = {
    ...{
      instance: 'a',
      cluster: 'accounts',
      node: 'n1',
      realm: 'accounts',
      version: '0.1.0',
      kernel: '6',
      arch: 'x64',
    },
    ...{ time: begin + minute * MINUTE + 50_000, started: begin - MINUTE, interval_ms: 5000 },
    ...{ produced: { rows, batches }, cost: { cpu_user_us: 0, cpu_system_us: 0, rss_bytes: 0 }, capabilities: [] },
    ...more,
  }
  return { topic: topics.nodes, key: 'a', value: new TextEncoder().encode(JSON.stringify(told)) }
}

const reason = hasJava() ? undefined : 'Kafka needs Java 17 and Maven'

describe.skipIf(skip('accounts of agents on Kafka', reason))('accounts of agents on Kafka', () => {
  let kafka: TestKafka
  let store: TestStore
  let query: QueryServer
  let producer: BusProducer
  const replicas: ChildProcess[] = []

  beforeAll(async () => {
    ;[kafka, store] = await Promise.all([startTestKafka(), startTestStore()])
    // Without the topic of dead letters: they go to a table, which can be away.
    await ensureTopics({ brokers: kafka.brokers, logger, topics: [...ingestTopics.topics] })
    await untilLed(kafka.brokers, ingestTopics.topics)
    producer = createKafkaProducer({ brokers: kafka.brokers, logger })
    await producer.start()
    query = createQueryServer({
      ...{ host: '127.0.0.1', port: 0, token: TOKEN, allowedHosts: [], store: store.query, version: '0.1.0', logger },
      status: () => Promise.reject(new Error('is not asked for')),
    })
    await query.start()
  })
  afterAll(async () => {
    await query?.stop()
    await producer?.stop()
    for (const replica of replicas) await end(replica, 'SIGKILL')
    await store?.stop()
    await kafka?.stop()
  })

  /** In a process of its own, which can be killed. Wants the built packages. */
  function startReplica(name: string): ChildProcess {
    const program = fileURLToPath(new URL('../../ingest/test/replica.mjs', import.meta.url))
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'inherit', 'inherit'] })
    const { connection } = store.store
    child.stdin?.end(JSON.stringify({ brokers: kafka.brokers, group: 'accounts', replica: name, connection }))
    replicas.push(child)
    return child
  }
  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async function get(path: string, parameters: Record<string, string | number> = {}): Promise<unknown> {
    const search = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
    const answer = await fetch(`${query.url}/api/v1/${path}?${search}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    expect(answer.status).toBe(200)
    return answer.json()
  }
  const accounts = async (parameters: Record<string, string | number> = {}): Promise<AccountsAnswer> =>
    accountsSchema.parse(await get('accounts', { from: begin, to: begin + 6 * MINUTE, ...parameters }))
  const count = async (sql: string): Promise<number> =>
    (await store.query.query<{ n: number[] }>(`SELECT toUInt32(${sql}) AS n`)).columns.n[0] as number

  const some = (rows: number, batches: number) => ({ rows, batches })
  const account = (over: Partial<Account>): Account => ({
    ...{ produced: some(0, 0), stored: some(0, 0), dropped: {}, dead: {}, delivered: null },
    ...{ duplicate: some(0, 0), replayed: some(0, 0) },
    ...over,
  })

  it('equal the truth in each minute and in sum, though ingest is killed in between', {
    timeout: 240_000,
  }, async () => {
    const copy = flows(5, times(at(2)))
    const dnsCopy = dns(1, times(at(1)))
    await producer.publish([
      ...[flows(1, times(at(0))), flows(2, times(at(0) + 9000))],
      // Batch 3 is dropped by the agent.
      flows(4, times(at(1))),
      ...[copy, copy],
      broken(flows(6, times(at(3)))),
      flows(7, [...times(at(3), 8), Date.now() + 60 * MINUTE, Date.now() + 61 * MINUTE]),
      flows(8, times(at(3) - 4 * DAY)),
      { ...broken(flows(1, [])), key: 'no agent', headers: {} },
      ...[dnsCopy, dnsCopy, broken(dns(2, times(at(2), 4))), dns(3, [...times(at(2), 3), at(2) - 4 * DAY])],
      ...[report(0, 20, 2), report(1, 40, 4, { dropped: { 'outbox-full': 10, 'ring-full': 3 } })],
    ])
    const dropped = { 'outbox-full': 10, 'ring-full': 3 }
    const asked = (rows: number, batches: number) => ({ dns: { produced: { rows, batches }, dropped: {} } })
    await store.admin.command('RENAME TABLE headwater.dead_letters TO headwater.dead_letters_away')
    const killed = startReplica('killed')
    // What was left out is told, the letters are not put aside: all of it comes again.
    const told = () => count("(SELECT count() FROM left_out WHERE topic = 'flows' AND instance = 'a')")
    await eventually('what is left out', async () => ((await told()) >= 4 ? true : undefined), 90_000)
    const before = await told()
    await end(killed, 'SIGKILL')
    await store.admin.command('RENAME TABLE headwater.dead_letters_away TO headwater.dead_letters')
    await producer.publish([
      ...[report(2, 50, 5, { dropped, ...asked(10, 1) }), report(3, 80, 8, { dropped, ...asked(18, 3) })],
      ...[copy, flows(9, times(at(4))), report(4, 90, 9, { dropped, ...asked(18, 3) })],
      // After the last report.
      flows(10, times(at(5))),
    ])
    startReplica('next')
    const stored = () => count('(SELECT count() FROM flows) + (SELECT count() FROM dns)')
    await eventually('all stored', async () => ((await stored()) >= 68 + 13 ? true : undefined), 90_000)
    await eventually('the copies', async () => ((await told()) > before ? true : undefined))

    const onLog = new Map<string, number>()
    const batchOf = ({ key, headers }: BusMessage) => `${key} ${headers?.['headwater-sequence'] ?? ''}`
    await readTopic({ brokers: kafka.brokers, logger }, topics.flows, (m) => {
      onLog.set(batchOf(m), (onLog.get(batchOf(m)) ?? 0) + 1)
    })
    const often = (key: string) => [key, key === 'a 5' ? 3 : 1] as const
    expect(onLog).toEqual(
      new Map(['a 1', 'a 2', 'a 4', 'a 5', 'a 6', 'a 7', 'a 8', 'no agent ', 'a 9', 'a 10'].map(often)),
    )

    const answer = await eventually('the accounts', async () => {
      const found = await accounts({ filter: '{cluster="accounts"}' })
      return found.flows.duplicate.batches >= 2 && found.dns.dead['not-arrow'] !== undefined ? found : undefined
    })
    const [a, ...others] = answer.instances
    expect(others).toEqual([])
    expect(a).toMatchObject({ cluster: 'accounts', node: 'n1', instance: 'a' })
    const ten = some(10, 1)
    const truth = [
      account({ produced: some(20, 2), stored: some(20, 2), delivered: 1 }),
      account({ produced: some(20, 2), stored: ten, dropped, delivered: 0.5 }),
      account({ produced: ten, stored: ten, duplicate: some(20, 2), delivered: 1 }),
      account({
        produced: some(30, 3),
        stored: some(8, 1),
        dead: { 'not-arrow': ten, 'from-the-future': some(2, 0), 'too-old': ten },
        delivered: 8 / 30,
      }),
      account({ produced: ten, stored: ten, delivered: 1 }),
      account({ produced: ten, stored: ten, delivered: 1 }),
    ]
    expect(a?.steps.map(({ time, flows }) => [(time - begin) / MINUTE, flows])).toEqual(truth.map((one, i) => [i, one]))
    const sum = {
      produced: some(100, 10),
      stored: some(68, 7),
      dropped,
      dead: { 'not-arrow': ten, 'from-the-future': some(2, 0), 'too-old': ten },
      ...{ duplicate: some(20, 2), replayed: some(0, 0), delivered: 0.68, unaccounted: 0 },
    }
    expect(a?.flows).toEqual(sum)
    expect(answer.flows).toEqual(sum)
    expect(a?.steps.map(({ dns }) => dns)).toEqual([
      account({}),
      account({}),
      account({ produced: ten, stored: ten, duplicate: ten, delivered: 1 }),
      account({
        produced: some(8, 2),
        stored: some(3, 1),
        dead: { 'not-arrow': some(4, 1), 'too-old': some(1, 0) },
        delivered: 3 / 8,
      }),
      account({}),
      account({}),
    ])
    expect(a?.dns).toMatchObject({ produced: some(18, 3), stored: some(13, 2), duplicate: ten, unaccounted: 0 })

    // The same sums however they are cut, also beside what nobody sent.
    for (const step of ['5m', '1h']) expect((await accounts({ step, filter: '{instance="a"}' })).flows).toEqual(sum)
    const parts = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((i) => accounts({ from: begin + i * MINUTE, to: begin + (i + 1) * MINUTE })),
    )
    expect(parts.map(({ instances: [one] }) => one?.steps[0]?.flows)).toEqual(truth)
    // What nobody sent is in a partition of its own, which may be read last.
    const nobody = await eventually('what nobody sent', async () => {
      const all = await accounts({ to: Date.now() })
      return all.instances.find(({ instance }) => instance === '')
    })
    expect(nobody.flows.dead).toEqual({ 'not-arrow': some(0, 1) })
  })

  it('tell how far ingest is behind, by partition, until it is not any more', { timeout: 30_000 }, async () => {
    const flowsLag = async () => lagSchema.parse(await get('lag')).topics.find(({ topic }) => topic === topics.flows)
    const lag = await eventually(
      'no lag',
      async () => {
        const told = await flowsLag()
        return told?.messages === 0 && told.partitions.some(({ replica }) => replica === 'next') ? told : undefined
      },
      25_000,
    )
    expect(lag.seconds).toBe(0)
    expect(lag.partitions.every(({ told }) => told > begin && told <= Date.now())).toBe(true)
  })

  describe('on the terminal', () => {
    const range = { from: String(begin), to: String(begin + 6 * MINUTE) }
    const overRange = ['--from', range.from, '--to', range.to]
    const command = (args: readonly string[], token = TOKEN) =>
      run(['accounts', '--url', query.url, ...args], { env: { HEADWATER_TOKEN: token } })
    /** Cells of each line under the head, up to the line that is empty. */
    const table = (stdout: string) => {
      const [head = '', ...lines] = (stdout.split('\n\n', 1)[0] ?? '').trimEnd().split('\n')
      return { head, rows: lines.map((line) => line.trim().split(/ {2,}/)) }
    }

    it('are the same JSON, and rows that add up to the truth', async () => {
      const filter = '{instance="a"}'
      const json = await command([...overRange, '--filter', filter, '--json'])
      expect(json).toMatchObject({ code: 0, stderr: '' })
      expect(JSON.parse(json.stdout)).toEqual(await get('accounts', { ...range, filter }))

      const whole = await command([...overRange, '--filter', filter])
      const sum = ['100', '68', '10', '22', '20', '0', '0', '68.00 %', '3']
      expect(table(whole.stdout).rows).toEqual([
        ['accounts', 'n1', 'a', ...sum],
        ['(sum)', ...sum],
      ])
      expect(whole.stdout.split('\n\n')[1]).toBe(
        [
          'dropped     outbox-full 10',
          'dead        not-arrow 10 in 1 batch, too-old 10 in 1 batch, from-the-future 2',
          'never made  ring-full 3\n',
        ].join('\n'),
      )

      const { head, rows } = table((await command([...overRange, '--filter', filter, '--step', '1m'])).stdout)
      expect(head).toMatch(/INSTANCE +TIME +PRODUCED +STORED/)
      const time = (minute: number) => new Date(begin + minute * MINUTE).toISOString()
      const stored = [20, 10, 10, 8, 10, 10]
      expect(rows.slice(0, -1).map(([, , , at, , n]) => [at, n])).toEqual(stored.map((n, i) => [time(i), String(n)]))
      expect(rows.at(-1)).toEqual(['(sum)', ...sum])

      const dns = table((await command([...overRange, '--filter', filter, '--dns'])).stdout)
      expect(dns.rows.at(-1)?.slice(0, 6)).toEqual(['(sum)', '18', '13', '0', '5', '10'])
    })

    it('are lag by partition, too', async () => {
      const until = { from: String(begin), to: String(Date.now()) }
      const json = await command(['--lag', '--from', until.from, '--to', until.to, '--json'])
      const lag = lagSchema.parse(await get('lag', until))
      expect(JSON.parse(json.stdout)).toEqual(lag)
      const { rows } = table((await command(['--lag', '--from', until.from, '--to', until.to])).stdout)
      for (const { topic, partitions } of lag.topics)
        expect(rows.filter(([name]) => name === topic).map(([, which]) => which)).toEqual([
          ...partitions.map(({ partition }) => String(partition)),
          'all',
        ])
      expect(rows).toContainEqual([topics.flows, 'all', '0', '0.0'])
    })

    it.each([
      ['no API', ['--url', 'http://127.0.0.1:1'], 1, 'No Headwater answers at http://127.0.0.1:1'],
      ['a range from behind', ['--from', 'now', '--to', 'now-1h'], 2, 'must be before to'],
      ['a time that is none', ['--from', 'noon'], 2, 'from: takes RFC 3339'],
      ['a step that is none', ['--step', '1x'], 2, 'step: takes a duration such as 10s'],
      ['a label that accounts have not', ['--filter', '{pod="x"}'], 2, 'filter: '],
      ['a flag of accounts for lag', ['--lag', '--step', '1m'], 2, '--step'],
      ['two beginnings', ['--since', '1h', '--from', 'now-1h'], 2, '--since'],
    ])('say so of %s', async (_, args, code, says) => {
      const said = await command(args)
      expect(said).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(says) })
    })

    it('say so of a wrong token', async () => {
      const said = await command([], 'another-token-than-that')
      expect(said).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('refuses the token') })
    })

    it('are none where no agent was', async () => {
      const said = await command(['--from', '1000', '--to', '2000'])
      expect(said).toMatchObject({ code: 0, stderr: 'no agent has told of anything in this range\n' })
      expect(table(said.stdout).rows).toEqual([['(sum)', ...'0'.repeat(7), '0']])
    })
  })
})
