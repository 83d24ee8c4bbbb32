import type { StoreClient } from '@headwater/store'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { get, TOKEN, testServer } from './server.js'

const SLOW = 'SELECT sum(sleepEachRow(0.1)) AS slow FROM numbers(150)'
let store: TestStore

beforeAll(async () => {
  store = await startTestStore()
})
afterAll(() => store?.stop())

/** The real store's client; `change` sees each query before it goes there. */
const through = (change: (sql: string) => string): StoreClient =>
  new Proxy(store.query, {
    get(client, name) {
      if (name !== 'query') return Reflect.get(client, name)
      return (sql: string, params: Record<string, unknown>, options: { settings?: object }) =>
        client.query(change(sql), params, { ...options, settings: { ...options.settings, max_block_size: 1 } } as never)
    },
  })

async function slowQueries(): Promise<number> {
  const { columns } = await store.admin.query<{ n: number[] }>(
    "SELECT count() AS n FROM system.processes WHERE user = 'headwater_query' AND query LIKE '%sleepEachRow%'",
  )
  return columns.n[0] ?? 0
}

test('a closed request ends its queries in the store', async () => {
  const server = testServer(through(() => SLOW))
  await server.start()
  try {
    const leave = new AbortController()
    const request = fetch(`${server.url}/api/v1/values?label=client_service`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: leave.signal,
    })
    const left = expect(request).rejects.toThrow()
    await vi.waitFor(async () => expect(await slowQueries()).toBe(1), { timeout: 10_000 })
    leave.abort()
    await left
    await vi.waitFor(async () => expect(await slowQueries()).toBe(0), { timeout: 5_000 })
  } finally {
    await server.stop()
  }
})

test('probes without a token share one query', async () => {
  let queries = 0
  const server = testServer(
    through((sql) => {
      queries++
      return sql.replace('SELECT 1 AS one', 'SELECT sleep(1) + 1 AS one')
    }),
  )
  await server.start()
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(server, '/readyz', {}, null)))
    expect(answers.every((a) => a.status === 200)).toBe(true)
    expect(queries).toBeLessThanOrEqual(2)
  } finally {
    await server.stop()
  }
})
