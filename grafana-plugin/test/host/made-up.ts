import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Reply, reply } from '../../../services/console/test/fixture/api.js'
import { Lab } from '../../../services/console/test/fixture/lab.js'

/** The made-up Headwater of services/console/test/fixture over HTTP. The token chooses what it plays. */
export interface MadeUp {
  url: string
  /** What it was asked so far: path and parameters. */
  asked: { path: string; query: URLSearchParams }[]
  /** While set, it has the first word. */
  instead: ((path: string, query: URLSearchParams) => Reply | undefined) | undefined
  close(): Promise<void>
}

export async function startMadeUp(): Promise<MadeUp> {
  const lab = new Lab()
  const state: MadeUp = {
    ...{ url: '', asked: [], instead: undefined },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const server = createServer((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', state.url)
    state.asked.push({ path: path.replace('/api/v1/', ''), query })
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    const { status, body } = state.instead?.(path, query) ?? reply({ path, query, token, now: Date.now(), lab })
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
