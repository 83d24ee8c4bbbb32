// What the backend costs: start to handshake, memory, and the time it adds to the API's own.
// npm run bench -- grafana-backend [queries of each kind, default 200]
import { readFileSync } from 'node:fs'
import { createQueryServer } from '@headwater/query'
import { memoryLogger, startTestStore } from '@headwater/store/testing'
import { connectionRows } from '../../../services/query/test/fleet.ts'
import { insertRows } from '../../../services/query/test/rows.ts'
import { connections, range } from '../test/data.ts'
import { alertHeaders, Backend } from '../test/grafana.ts'

const STARTS = 15
const count = Number(process.argv[2] ?? 200)
const TOKEN = 'correct-horse-battery'
const status = {
  ...{ version: '0.1.0', mode: 'all-in-one', bus: 'local' },
  store: { kind: 'embedded', ok: true, message: '' },
  agent: { state: 'running', message: '' },
  hints: [],
} as const

const store = await startTestStore()
const server = createQueryServer({
  ...{ host: '127.0.0.1', port: 0, token: TOKEN, allowedHosts: [], store: store.query, version: '0.1.0' },
  status: async () => ({ ...status, hints: [] }),
  logger: memoryLogger(),
})
await server.start()
await insertRows(store.ingest, connections.flatMap(connectionRows))
const source = { url: server.url, token: TOKEN }

const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0) * 10) / 10
}
const rssMb = ({ pid }: Backend): number =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

async function starts(): Promise<number[]> {
  const found: number[] = []
  for (let i = 0; i < STARTS; i++) {
    const backend = await Backend.start(source)
    found.push(backend.startMs)
    await backend.stop()
  }
  return found
}

const api = async (path: string, parameters: Record<string, string | number>): Promise<void> => {
  const query = new URLSearchParams(Object.entries(parameters).map(([k, v]): [string, string] => [k, String(v)]))
  const response = await fetch(`${server.url}/api/v1/${path}?${query}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  if (!response.ok) throw new Error(await response.text())
  await response.json()
}

/** The same question to the API and through the backend, in turns, so that what else the machine does meets both. */
const kinds = {
  edges: {
    path: 'edges',
    parameters: { ...range, limit: 10_000 },
    query: { queryType: 'edges', fields: ['failures'] },
  },
  series: {
    path: 'series',
    parameters: { ...range, split: 'edge', group_by: 'service', limit: 2_000 },
    query: { queryType: 'series', split: 'edge', fields: ['connects'] },
  },
  completeness: { path: 'completeness', parameters: range, query: { queryType: 'completeness' } },
}

const backend = await Backend.start(source)
const added: Record<string, { api: number; through: number; p50: number; p95: number }> = {}
for (const [name, { path, parameters, query }] of Object.entries(kinds)) {
  const times: Record<'direct' | 'through', number[]> = { direct: [], through: [] }
  for (let i = 0; i < count + 10; i++) {
    const direct = await timed(() => api(path, parameters))
    const through = await timed(() => backend.query(query, range, alertHeaders))
    if (i < 10) continue
    times.direct.push(direct)
    times.through.push(through)
  }
  const differences = times.through.map((t, i) => t - (times.direct[i] ?? 0))
  added[name] = {
    api: quantile(times.direct, 0.95),
    through: quantile(times.through, 0.95),
    p50: quantile(differences, 0.5),
    p95: Math.round((quantile(times.through, 0.95) - quantile(times.direct, 0.95)) * 10) / 10,
  }
}
const rss = rssMb(backend)
await backend.stop()
const startMs = await starts()
await server.stop()
await store.stop()
const start = { p50: quantile(startMs, 0.5), p95: quantile(startMs, 0.95), most: quantile(startMs, 1) }
process.stdout.write(
  `${JSON.stringify({ bench: 'grafana-backend', start_ms: start, rss_mb: rss, queries: count * 3, p95_ms: added })}\n`,
)
