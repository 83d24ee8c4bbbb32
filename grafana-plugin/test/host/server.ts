import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type { Problem } from '@headwater/contracts/api'
import { reply } from '../../../services/console/test/fixture/api.js'
import { Lab } from '../../../services/console/test/fixture/lab.js'
import { type Grafana, grafanas } from './build.js'
import { type AskApi, queryData } from './standin/queryData.js'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.ttf': 'font/ttf',
}
const plugin = join(import.meta.dirname, '..', '..', 'dist')
/** Grafana serves a nested plugin under its own id, from its own folder. */
const folders: Record<string, string> = {
  'headwater-app': plugin,
  'headwater-datasource': join(plugin, 'datasource'),
  'headwater-map-panel': join(plugin, 'map-panel'),
  'headwater-health-panel': join(plugin, 'health-panel'),
}

const boot = (theme: string): object => ({
  user: { orgId: 1, lightTheme: theme === 'light', theme, locale: 'en-US', language: 'en-US', permissions: {} },
  settings: {
    appSubUrl: '',
    appUrl: '/',
    buildInfo: { version: '12.4.0', env: 'test' },
    featureToggles: {},
    bootData: {},
    datasources: {},
    panels: {},
    apps: {},
    licenseInfo: {},
  },
  navTree: [],
  themePaths: { light: '', dark: '' },
})
const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>host</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/host/main.css">
<script>window.__grafana_public_path__ = '/public/'; window.grafanaBootData = ${JSON.stringify(boot('dark'))}</script>
</head><body><div id="root"></div><script type="module" src="/host/main.js"></script></body></html>`

export interface HostServer {
  url: string
  /** What the API was asked so far: path and parameters. */
  asked: { path: string; query: URLSearchParams }[]
  /** Bodies of /api/ds/query so far. */
  queries: Record<string, unknown>[]
  /** Scenario of the made-up API: services/console/test/fixture/api.ts. */
  scenario: string
  ask: AskApi
  close(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString())
}

interface Body {
  from: string
  to: string
  queries: Record<string, unknown>[]
}

/** As Grafana's server answers: by refId; HTTP 400 if any of them is an error. */
async function dsQuery(
  { from, to, queries }: Body,
  ask: AskApi,
  query: QueryData,
): Promise<{ status: number; body: object }> {
  const results: Record<string, object> = {}
  let status = 200
  for (const q of queries) {
    const refId = String(q.refId)
    try {
      const frames = await query(q, { from: Number(from), to: Number(to) }, ask)
      results[refId] = { status: 200, frames: frames.map((f) => ({ ...f, schema: { ...f.schema, refId } })) }
    } catch (error) {
      status = 400
      results[refId] = { status: 400, error: (error as Error).message, frames: [] }
    }
  }
  return { status, body: { results } }
}

/** What makes the frames of a query: the stand-in, or a real backend. */
export type QueryData = typeof queryData

/** One origin with the host page of a Grafana, the built plugin, and Grafana's own API over a made-up Headwater. */
export async function startHost(grafana: Grafana, page: string, query: QueryData = queryData): Promise<HostServer> {
  const lab = new Lab()
  const state: HostServer = {
    url: '',
    asked: [],
    queries: [],
    scenario: 'demo',
    ask: async <T>(path: string, parameters: Record<string, string>) => {
      const query = new URLSearchParams(parameters)
      state.asked.push({ path, query })
      const answer = reply({ path: `/api/v1/${path}`, query, token: state.scenario, now: Date.now(), lab })
      if (answer.status === 200) return answer.body as T
      const problem = answer.body as Problem
      throw new Error(`${problem.title}. ${problem.detail}`)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const api = async (url: URL, request: IncomingMessage): Promise<{ status: number; body: object }> => {
    if (url.pathname === '/api/ds/query') {
      const body = (await bodyOf(request)) as Body
      state.queries.push(...body.queries)
      return dsQuery(body, state.ask, query)
    }
    const resource = /^\/api\/datasources\/uid\/hw\/resources\/(\w+)$/.exec(url.pathname)?.[1]
    if (resource) return { status: 200, body: await state.ask<object>(resource, Object.fromEntries(url.searchParams)) }
    if (url.pathname === '/api/datasources/uid/hw/health')
      return state.scenario === 'error'
        ? {
            status: 400,
            body: { status: 'ERROR', message: 'Headwater refuses the token. Copy the one after #token=.' },
          }
        : { status: 200, body: { status: 'OK', message: 'Headwater 0.1.0 answers.' } }
    return { status: 404, body: { message: `nothing at ${url.pathname}` } }
  }
  const fileOf = (path: string): string | undefined => {
    if (path.startsWith('/host/')) return join(page, path.slice(6))
    if (path.startsWith('/public/build/'))
      return join(grafanas[grafana], 'node_modules', '@grafana', 'ui', 'dist', 'public', path.slice(14))
    const [, id, file] = /^\/public\/plugins\/([\w-]+)\/(.+)$/.exec(path) ?? []
    const folder = folders[id ?? '']
    return folder && file ? join(folder, file) : undefined
  }
  const server: Server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', state.url)
    if (url.pathname.startsWith('/api/')) {
      const { status, body } = await api(url, request).catch((e) => ({ status: 500, body: { message: String(e) } }))
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return
    }
    if (url.pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(html)
      return
    }
    const file = fileOf(normalize(url.pathname))
    const body = file && (await readFile(file).catch(() => undefined))
    if (body)
      response.writeHead(200, { 'content-type': TYPES[extname(url.pathname)] ?? 'application/octet-stream' }).end(body)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
