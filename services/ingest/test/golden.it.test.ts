import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import { encodeFlowBatch, flowColumnNames, flowColumns, SCHEMA_VERSION, topics } from '@headwater/contracts'
import { startTestStore } from '@headwater/store/testing'
import { expect, it } from 'vitest'
import { createIngest } from '../src/index.js'
import { type Cells, columnsOf } from '../src/testing/index.js'
import { silentLogger as logger, publishUntilTaken } from './support.js'

/** What the agent makes of recorded kernel bytes: endpoints and rows, one JSON object per line. */
const agentGolden = new URL('../../../agents/node/test/fixtures/ring.golden.jsonl', import.meta.url)

const IDS: readonly string[] = ['cookie', 'connection_id', 'cgroup_id']

/** Every column of `flows` as plain values: times in Unix ms, ids as decimal text. */
const select = flowColumnNames.map((name) => {
  const { kind } = flowColumns[name]
  if (kind === 'time') return `toUnixTimestamp64Milli(flows.${name}) AS ${name}`
  if (kind === 'ip') return `replaceRegexpOne(toString(flows.${name}), '^::ffff:([0-9.]+)$', '\\\\1') AS ${name}`
  return IDS.includes(name) || kind === 'string' ? `toString(flows.${name}) AS ${name}` : `flows.${name} AS ${name}`
})

it('golden batch of the agent -> golden rows of the store', async () => {
  const lines = (await readFile(agentGolden, 'utf8')).trim().split('\n')
  const golden = lines.map((line) => JSON.parse(line) as Cells)
  const endpoints = golden.filter((o) => 'kind' in o)
  const flows = golden.filter((o) => !('kind' in o))
  // Kept as they are but for the time: the store drops what is older than its retention.
  const newest = Math.max(...flows.map((f) => Number(f.time)))
  const shift = Date.now() - 1000 - newest
  const shifted = (o: Cells, ...names: string[]): Cells => ({
    ...o,
    ...Object.fromEntries(names.filter((n) => o[n] !== null).map((n) => [n, Number(o[n]) + shift])),
  })
  const meta = {
    schema_version: SCHEMA_VERSION,
    instance: 'golden-1',
    sequence: 1,
    cluster: 'golden',
    node: 'node-1',
    realm: 'golden',
    zone: '',
    region: '',
    agent_version: '0',
    produced: { rows: flows.length, batches: 1 },
    dropped: {},
  }
  const columns = columnsOf(flows.map((f) => shifted(f, 'time', 'start')))
  const messages = endpoints.map((e) => ({
    topic: topics.endpoints,
    key: 'e',
    value: new TextEncoder().encode(JSON.stringify(shifted(e, 'valid_from', 'valid_to'))),
  }))
  const batch = { topic: topics.flows, key: 'golden-1', value: encodeFlowBatch({ meta, rows: flows.length, columns }) }

  const server = await startTestStore()
  const folder = await mkdtemp(join(tmpdir(), 'headwater-golden-'))
  const socketPath = join(folder, 'bus.sock')
  const producer = createLocalProducer({ socketPath, logger })
  const consumer = createLocalConsumer({ socketPath, logger })
  const ingest = createIngest({ consumer, store: server.ingest, replica: 'golden', logger })
  try {
    await ingest.start()
    await producer.start()
    await publishUntilTaken(producer, [...messages, batch])
    const sql = `SELECT ${select.join(', ')} FROM flows ORDER BY flows.time, flows.cookie, flows.side, flows.local_port, flows.open`
    const { columns: rows, rows: n } = await server.query.query<Record<string, unknown[]>>(sql)
    const stored = Array.from({ length: n }, (_, i) =>
      Object.fromEntries(flowColumnNames.map((name) => [name, rows[name]?.[i]])),
    ) as Cells[]
    for (const row of stored) for (const name of ['time', 'start']) row[name] = Number(row[name]) - shift
    expect(n).toBe(flows.length)
    const text = stored.map((row) => JSON.stringify(row)).join('\n')
    await expect(`${text}\n`).toMatchFileSnapshot('./fixtures/flows.golden.jsonl')
  } finally {
    await producer.stop()
    await ingest.stop()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
})
