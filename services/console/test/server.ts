import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { reply } from './fixture/api.js'
import { bodyOf } from './fixture/body.js'
import { Lab } from './fixture/lab.js'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
/** As strict as the product's own server. */
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

export interface TestServer {
  url: string
  /** API requests so far: path and query. */
  requests: URL[]
  /** While set, every API request is answered so. */
  fail: { status: number; body: unknown } | undefined
  close(): Promise<void>
}

/** The built console and the made-up API on one origin. */
export async function startServer(dist: string): Promise<TestServer> {
  const requests: URL[] = []
  const lab = new Lab()
  const state: TestServer = { url: '', requests, fail: undefined, close: () => close(server) }
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', state.url)
    if (url.pathname.startsWith('/api/')) {
      requests.push(url)
      const posted = await bodyOf(request)
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
      const { status, body } =
        state.fail ?? reply({ path: url.pathname, query: url.searchParams, token, now: Date.now(), body: posted, lab })
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return
    }
    const path = join(dist, normalize(url.pathname === '/' ? '/index.html' : url.pathname))
    const body = path.startsWith(dist) ? await readFile(path).catch(() => undefined) : undefined
    if (body)
      response
        .writeHead(200, {
          'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
          'content-security-policy': CSP,
        })
        .end(body)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
