import type { StatusAnswer } from '@headwater/contracts'
import type { StoreClient } from '@headwater/store'
import { memoryLogger } from '@headwater/store/testing'
import { createQueryServer, type QueryServer, type QueryServerOptions } from '../src/index.js'

export const TOKEN = 'correct-horse-battery'

export const testStatus: StatusAnswer = {
  version: '0.1.0',
  mode: 'all-in-one',
  bus: 'local',
  store: { kind: 'embedded', ok: true, message: '' },
  agent: { state: 'running', message: '' },
  hints: [],
}

export const testServer = (store: StoreClient, options: Partial<QueryServerOptions> = {}): QueryServer =>
  createQueryServer({
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    allowedHosts: [],
    store,
    status: async () => testStatus,
    version: '0.1.0',
    logger: { ...memoryLogger(), error: (message, fields) => console.error(message, fields) },
    ...options,
  })

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** GET with the token (null: without); parameters go into the query string. */
export async function get<T>(
  server: QueryServer,
  path: string,
  parameters: Record<string, string | number> = {},
  token: string | null = TOKEN,
): Promise<Answer<T>> {
  const query = new URLSearchParams(Object.entries(parameters).map(([k, v]): [string, string] => [k, String(v)]))
  const response = await fetch(`${server.url}${path}${query.size > 0 ? `?${query}` : ''}`, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  })
  const text = await response.text()
  const json = (response.headers.get('content-type') ?? '').includes('json')
  return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as T }
}
