// What the backend costs: start to handshake, memory, and the time it adds to the API's own.
// npm run bench -- grafana-backend [queries of each kind, default 200]
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusAnswer } from '@headwater/contracts'
import { createQueryServer } from '@headwater/query'
import { memoryLogger, startTestStore } from '@headwater/store/testing'
import { connectionRows } from '../../../services/query/test/fleet.ts'
import { insertRows } from '../../../services/query/test/rows.ts'
import { connections, range } from '../test/data.ts'
import { alertHeaders, Backend } from '../test/grafana.ts'

const STARTS = 15
const WARM_UP = 20
/** A second, for as many seconds: some dashboards and rules, rather than as much as goes. */
const STEADY = { rate: 10, seconds: 20 }
const count = Number(process.argv[2] ?? 200)
const TOKEN = 'correct-horse-battery'
const status: StatusAnswer = {
  version: '0.1.0',
  mode: 'all-in-one',
  bus: 'local',
  store: { kind: 'embedded', ok: true, message: '' },
  agent: { state: 'running', message: '' },
  hints: [],
}

const store = await startTestStore()
const server = createQueryServer({
  ...{ host: '127.0.0.1', port: 0, token: TOKEN, allowedHosts: [], store: store.query, version: '0.1.0' },
  status: async () => status,
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
/** CPU ms of all its threads so far: other work on the machine makes queries late, but not dearer. */
const cpuMs = ({ pid }: Backend): number =>
  readdirSync(`/proc/${pid}/task`).reduce((ms, tid) => {
    const [ns] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')
    return ms + Number(ns) / 1e6
  }, 0)
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

/**
 * What the backend adds to the API's time. The API's own answers, recorded, are served without the work behind them: what the
 * store takes varies by more than is measured here.
 */
const answers = new Map<string, Buffer>()
const recorded = createServer((request, response) => {
  const path = request.url?.split('?', 1)[0] ?? ''
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(answers.get(path))
})
await new Promise((resolve) => recorded.listen(0, '127.0.0.1', () => resolve(undefined)))
const recordedUrl = `http://127.0.0.1:${(recorded.address() as AddressInfo).port}`
const headers = { authorization: `Bearer ${TOKEN}` }

async function record(path: string, parameters: Record<string, string | number>): Promise<number> {
  const query = new URLSearchParams(Object.entries(parameters).map(([k, v]): [string, string] => [k, String(v)]))
  const response = await fetch(`${server.url}/api/v1/${path}?${query}`, { headers })
  if (!response.ok) throw new Error(await response.text())
  const answer = Buffer.from(await response.arrayBuffer())
  answers.set(`/api/v1/${path}`, answer)
  return answer.length
}

const kinds = {
  edges: { parameters: { ...range, limit: 10_000 }, query: { queryType: 'edges', fields: ['failures'] } },
  series: {
    parameters: { ...range, split: 'edge', group_by: 'service', limit: 2_000 },
    query: { queryType: 'series', split: 'edge', fields: ['connects'] },
  },
  map: { parameters: range, query: { queryType: 'map' } },
}

const backend = await Backend.start(source)
const rss: Record<'start' | 'loaded' | 'steady', number> = { start: rssMb(backend), loaded: 0, steady: 0 }
const replayed = backend.with({ url: recordedUrl, token: TOKEN })
const added: Record<string, { answer_kb: number; direct: number; through: number; added: number }> = {}
const cpu: Record<string, number> = {}
const sizes: Record<string, number> = {}
for (const [name, { parameters }] of Object.entries(kinds)) sizes[name] = await record(name, parameters)
for (let i = 0; i < STEADY.rate * STEADY.seconds; i++) {
  const { query } = Object.values(kinds)[i % 3] as (typeof kinds)['map']
  await Promise.all([replayed.wire([{ query, ...range }], {}), sleep(1000 / STEADY.rate)])
  rss.steady = Math.max(rss.steady, rssMb(backend))
}
for (const [name, { query }] of Object.entries(kinds)) {
  const alert = name === 'map' ? {} : alertHeaders
  const checked = await replayed.query(query, range, alert)
  if (checked.error !== '' || checked.frames.length === 0) throw new Error(`${name}: ${checked.error}`)
  await backend.query(query, range, alert)
  const times: Record<'direct' | 'through', number[]> = { direct: [], through: [] }
  let begun = 0
  for (let i = 0; i < count + WARM_UP; i++) {
    if (i === WARM_UP) begun = cpuMs(backend)
    const direct = await timed(async () => (await fetch(`${recordedUrl}/api/v1/${name}`, { headers })).arrayBuffer())
    const through = await timed(() => replayed.wire([{ query, ...range }], alert))
    // The first ones warm up what measures, and what is measured.
    if (i < WARM_UP) continue
    times.direct.push(direct)
    times.through.push(through)
  }
  cpu[name] = Math.round(((cpuMs(backend) - begun) / count) * 100) / 100
  const [direct, through] = [quantile(times.direct, 0.95), quantile(times.through, 0.95)]
  added[name] = {
    answer_kb: Math.round((sizes[name] ?? 0) / 1000),
    direct,
    through,
    added: Math.round((through - direct) * 10) / 10,
  }
}
rss.loaded = rssMb(backend)
await backend.stop()
const startMs = await starts()
recorded.close()
await server.stop()
await store.stop()
const start = { p50: quantile(startMs, 0.5), p95: quantile(startMs, 0.95), most: quantile(startMs, 1) }
process.stdout.write(
  `${JSON.stringify({ bench: 'grafana-backend', start_ms: start, rss_mb: rss, queries: count * 3, p95_ms: added, cpu_ms_per_query: cpu })}\n`,
)
