import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Backend, Source } from '../../backend/test/grafana.ts'
import { type ApiAnswer, grafanaApi, type SentQuery } from './api.js'
import type { Grafana } from './build.js'
import { fileOf } from './files.js'

export interface HostServer {
  url: string
  /** The data source as it is configured; what a test puts here counts from the next request on. */
  source: Source
  /** Queries of /api/ds/query so far. */
  queries: SentQuery[]
  /** Asks the data source's API itself, for what panels are compared with. */
  ask<T>(path: string, parameters: Record<string, string>): Promise<T>
  close(): Promise<void>
}

/** One origin with the host page of a Grafana, the built plugin, and Grafana's API over the plugin's own backend. */
export async function startHost(grafana: Grafana, page: string, backend: Backend, source: Source): Promise<HostServer> {
  const state: HostServer = {
    url: '',
    source,
    queries: [],
    ask: async <T>(path: string, parameters: Record<string, string>) => {
      const { url, token } = state.source
      const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as T
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const failed = (error: unknown): ApiAnswer => ({
    status: 500,
    type: 'application/json',
    body: JSON.stringify({ message: String(error) }),
  })
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', state.url)
    if (url.pathname.startsWith('/api/')) {
      const { status, type, body } = await grafanaApi(backend.with(state.source), url, request, state.queries).catch(
        failed,
      )
      response.writeHead(status, { 'content-type': type }).end(body)
      return
    }
    const file = await fileOf(grafana, page, url.pathname)
    if (file) response.writeHead(200, { 'content-type': file.type }).end(file.body)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
