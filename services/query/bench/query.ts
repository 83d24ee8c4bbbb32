// What answers of the HTTP API cost over a store of a made fleet: by default an hour of traffic of the demo's shape.
// npm run bench -- query [--hours N] [--rows-per-second N] [--edges N] [--runs N] [--only NAME,...] [--statements]
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cpuSeconds } from '@headwater/contracts/testing'
import { createQueryServer, type QueryServer } from '@headwater/query'
import type { StoreClient } from '@headwater/store'
import { memoryLogger, startTestStore, type TestStore } from '@headwater/store/testing'
import { fill } from './query/fleet.ts'

const { values: flags } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    'rows-per-second': { type: 'string', default: '100' },
    edges: { type: 'string', default: '20' },
    runs: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    statements: { type: 'boolean', default: false },
  },
})
const hours = Number(flags.hours)
const runs = Number(flags.runs)
const HOUR = 3_600_000
/** Answers that are kept for whoever asks next are this old at most: a server is asked again after that only. */
const KEPT_MS = 2_100

const range = { from: `now-${hours}h` }
const past = { from: `now-${hours * 60 + 5}m`, to: 'now-5m' }
const questions: Record<string, [path: string, parameters: Record<string, string>]> = {
  map: ['map', range],
  map_compared: ['map', { ...range, compare_from: `now-${2 * hours}h`, compare_to: `now-${hours}h` }],
  map_past: ['map', past],
  map_by_process: ['map', { ...range, group_by: 'process' }],
  map_now: ['map', { from: 'now-5m' }],
  services: ['services', range],
  edges: ['edges', range],
  series: ['series', range],
  series_filtered: ['series', { ...range, filter: '{client_service="service-1"}' }],
  cost: ['cost', range],
  flows: ['flows', range],
  nodes: ['nodes', range],
  completeness: ['completeness', range],
  accounts: ['accounts', range],
  values: ['values', { ...range, label: 'server_service' }],
}

const rounded = (value: number): number => Math.round(value * 10) / 10
const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * q) - 1)] ?? 0

interface Ran {
  text: string
  ms: number
  rows: number
}

/** Notes what each statement of a question took and read. */
function watched(client: StoreClient, ran: Ran[]): StoreClient {
  const query: StoreClient['query'] = async (text, params, options) => {
    const begin = performance.now()
    const result = await client.query(text, params, options)
    ran.push({ text, ms: performance.now() - begin, rows: result.read.rows })
    return result
  }
  return new Proxy(client, { get: (of, name) => (name === 'query' ? query : Reflect.get(of, name).bind(of)) })
}

const TOKEN = 'bench'
const server = (store: StoreClient): QueryServer =>
  createQueryServer({
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    allowedHosts: [],
    store,
    status: async () => {
      throw new Error('not asked for')
    },
    version: '0.0.0',
    logger: memoryLogger(),
  })

async function ask({ url }: QueryServer, path: string, parameters: Record<string, string>): Promise<void> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
}

/** Until nothing is merged any more. */
async function settle(admin: StoreClient): Promise<void> {
  for (let quiet = 0; quiet < 4; await sleep(250)) {
    const { columns } = await admin.query<{ n: number[] }>('SELECT count() AS n FROM system.merges')
    quiet = columns.n[0] === 0 ? quiet + 1 : 0
  }
}

async function measure(store: TestStore) {
  const ran: Ran[] = []
  const client = watched(store.query, ran)
  // Each asks the next server, so that no answer comes out of what one keeps.
  const servers = Array.from({ length: runs }, () => server(client))
  for (const each of servers) await each.start()
  const pid = store.store.server?.pid as number
  const figures: Record<string, unknown> = {}
  for (const [name, [path, parameters]] of Object.entries(questions)) {
    if (flags.only !== '' && !flags.only.split(',').includes(name)) continue
    // Warm: the first run compiles, connects and reads from disk.
    for (const each of servers.slice(0, 3)) await ask(each, path, parameters)
    await sleep(KEPT_MS)
    ran.length = 0
    const times: number[] = []
    const before = { store: cpuSeconds(pid), own: process.cpuUsage() }
    for (const each of servers) {
      const begin = performance.now()
      await ask(each, path, parameters)
      times.push(performance.now() - begin)
    }
    const { user, system } = process.cpuUsage(before.own)
    figures[name] = {
      p50_ms: rounded(quantile(times, 0.5)),
      p95_ms: rounded(quantile(times, 0.95)),
      min_ms: rounded(quantile(times, 0)),
      max_ms: rounded(quantile(times, 1)),
      store_cpu_ms: rounded(((cpuSeconds(pid) - before.store) * 1000) / runs),
      query_cpu_ms: rounded((user + system) / 1000 / runs),
      statements: rounded(ran.length / runs),
      rows_read: Math.round(ran.reduce((sum, r) => sum + r.rows, 0) / runs),
    }
    process.stdout.write(`${name.padEnd(16)} ${JSON.stringify(figures[name])}\n`)
    if (flags.statements)
      for (const [text, of] of Map.groupBy(ran, (r) => r.text.replace(/\d+/g, '#')))
        process.stdout.write(
          `  ${of.length / runs} x ${rounded(
            quantile(
              of.map((r) => r.ms),
              0.5,
            ),
          )} ms, ${of[0]?.rows} rows, ${text.length} characters: ${text.replace(/\s+/g, ' ').slice(0, 100)}\n`,
        )
    await sleep(KEPT_MS)
  }
  for (const each of servers) await each.stop()
  return figures
}

const store = await startTestStore()
try {
  const now = Date.now()
  const fleet = {
    from: now - (2 * hours * HOUR + 10 * 60_000),
    // As long as the measuring may take, so that there are always rows of just now.
    to: now + 15 * 60_000,
    rowsPerSecond: Number(flags['rows-per-second']),
    edges: Number(flags.edges),
  }
  await fill(store.admin, fleet)
  await settle(store.admin)
  const { columns } = await store.admin.query<{ name: string[]; rows: number[]; parts: number[] }>(
    "SELECT table AS name, sum(rows) AS rows, count() AS parts FROM system.parts WHERE active AND database = 'headwater' GROUP BY table ORDER BY table",
  )
  process.stdout.write(
    `filled in ${Math.round((Date.now() - now) / 1000)} s: ${columns.name.map((n, i) => `${n} ${columns.rows[i]} rows in ${columns.parts[i]} parts`).join(', ')}\n`,
  )
  const figures = await measure(store)
  const of = { hours, rows_per_second: fleet.rowsPerSecond, edges: fleet.edges, runs }
  console.log(JSON.stringify({ bench: 'query', of, ...figures }))
} finally {
  await store.stop()
}
