import type { IncomingMessage } from 'node:http'
import type { Backend } from '../../backend/test/grafana.ts'
import { frameJson } from './frames.js'

export interface ApiAnswer {
  status: number
  type: string
  body: string
}

/** What the browser half sends as one query. */
export type SentQuery = Record<string, unknown> & {
  refId: string
  queryType?: string
  intervalMs?: number
  maxDataPoints?: number
}
interface Body {
  from: string
  to: string
  queries: SentQuery[]
}

const json = (status: number, body: object): ApiAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
})

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString())
}

/** POST /api/ds/query: answers by refId; HTTP 400 if any of them is an error. */
async function dsQuery(backend: Backend, { from, to, queries }: Body): Promise<ApiAnswer> {
  const asked = queries.map(({ refId, intervalMs, maxDataPoints, ...query }) => ({
    ...{ query, refId, from: Number(from), to: Number(to) },
    ...{ intervalMs: intervalMs ?? 1000, maxDataPoints: maxDataPoints ?? 100 },
  }))
  const answers = await backend.queries(asked)
  const results = Object.fromEntries(
    Object.entries(answers).map(([refId, { frames, error, status, errorSource }]) => [
      refId,
      {
        status,
        ...(error !== '' && { error, errorSource }),
        frames: frames.map((frame) => frameJson(frame, refId)),
      },
    ]),
  )
  return json(Object.values(answers).some((a) => a.error !== '') ? 400 : 200, { results })
}

/** The parts of Grafana's HTTP API that plugins ask, over the backend as Grafana's server is over it. */
export async function grafanaApi(
  backend: Backend,
  url: URL,
  request: IncomingMessage,
  queries: SentQuery[],
): Promise<ApiAnswer> {
  if (url.pathname === '/api/ds/query') {
    const body = await bodyOf(request)
    queries.push(...body.queries)
    return dsQuery(backend, body)
  }
  const [, of, path = ''] = /^\/api\/datasources\/uid\/headwater\/(health|resources\/(.+))$/.exec(url.pathname) ?? []
  if (of === 'health') {
    const health = await backend.health()
    return json(health.status === 'OK' ? 200 : 400, health)
  }
  if (of === undefined) return json(404, { message: `nothing at ${url.pathname}` })
  const { code, headers, body } = await backend.resource(path, request.method, url.search)
  return { status: code, type: headers['content-type'] ?? 'application/json', body }
}
