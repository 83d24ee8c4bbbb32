import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestStore, type TestStore } from '../testing/index.js'
import { basicToken, type Role } from './access.js'

let store: TestStore
beforeAll(async () => {
  store = await startTestStore()
})
afterAll(() => store?.stop())

const roles: Role[] = ['admin', 'ingest', 'query']

/** Raw HTTP, as anybody on the machine can send it. */
async function post(
  sql: string,
  headers: Record<string, string> = {},
  query = '',
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${store.store.connection.url}/${query}`, { method: 'POST', body: sql, headers })
  return { status: answer.status, text: await answer.text() }
}

describe('what the users of the embedded server may do', () => {
  it.each([
    "SELECT * FROM file('/etc/passwd', LineAsString, 'l String')",
    "SELECT (SELECT l FROM file('/etc/passwd', LineAsString, 'l String') LIMIT 1)",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString, 'l String')",
    "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', LineAsString, 'l String')",
    "SELECT * FROM remote('127.0.0.1:9000', system.one)",
    "SELECT * FROM executable('id', LineAsString, 'l String')",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "INSERT INTO FUNCTION file('/tmp/headwater-must-not-exist', LineAsString, 'l String') VALUES ('a')",
    'SYSTEM STOP MERGES headwater.flows',
    'SYSTEM STOP LISTEN HTTP',
    'SYSTEM SHUTDOWN',
    'CREATE USER somebody',
    'CREATE FUNCTION f AS (x) -> x',
    'CREATE DATABASE other',
    'SELECT * FROM system.users',
    'SELECT * FROM system.processes',
  ])('keeps ingest and query from: %s', async (sql) => {
    for (const role of ['ingest', 'query'] as const) {
      const answer = await post(sql, { authorization: basicToken(store.store.connection.access[role]) })
      expect({ role, ...answer }).toMatchObject({
        role,
        text: expect.stringMatching(/ACCESS_DENIED|READONLY|QUERY_IS_PROHIBITED/),
      })
    }
  })

  it.each([
    "SELECT * FROM file('/etc/passwd', LineAsString, 'l String')",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString, 'l String')",
    'CREATE USER somebody',
  ])('keeps even the admin from: %s', async (sql) => {
    expect((await post(sql, { authorization: basicToken(store.store.connection.access.admin) })).text).toContain(
      'ACCESS_DENIED',
    )
  })

  it('lets query read, and not write', async () => {
    expect((await store.query.query('SELECT count() AS n FROM flows')).columns).toEqual({ n: [0] })
    for (const sql of [
      "INSERT INTO headwater.batches (node) VALUES ('x')",
      'TRUNCATE TABLE headwater.flows',
      'SET readonly = 0',
      'SELECT 1 SETTINGS max_memory_usage = 0',
    ])
      await expect(store.query.command(sql)).rejects.toMatchObject({ name: 'StoreError', retryable: false })
  })

  it('lets ingest write, and not alter', async () => {
    await store.ingest.insertRows('batches', [{ node: 'x' }])
    for (const sql of [
      'ALTER TABLE headwater.flows DROP COLUMN pid',
      'DROP TABLE headwater.flows',
      'TRUNCATE TABLE headwater.flows',
    ])
      await expect(store.ingest.command(sql)).rejects.toMatchObject({ code: 'denied' })
  })
})

describe('who gets in over HTTP', () => {
  it.each(['SELECT 1', "SELECT (SELECT l FROM file('/etc/passwd', LineAsString, 'l String') LIMIT 1)"])(
    'nobody without the password: %s',
    async (sql) => {
      const wrong = { user: 'headwater_query', password: 'wrong' }
      const ways: [Record<string, string>, string][] = [
        [{}, ''],
        [{}, '?user=default'],
        [{}, '?user=default&password='],
        [{ 'x-clickhouse-user': 'default' }, ''],
        [{ authorization: basicToken({ user: 'default', password: '' }) }, ''],
        [{ authorization: basicToken(wrong) }, ''],
        [{ authorization: basicToken(wrong) }, '?user=default'],
        [{ authorization: `Bearer ${store.store.connection.access.query.password}` }, ''],
      ]
      for (const [headers, query] of ways) expect(await post(sql, headers, query)).toMatchObject({ status: 404 })
    },
  )

  it('nobody as somebody else, save as default, who can do nothing', async () => {
    const authorization = basicToken(store.store.connection.access.query)
    const asDefault = (sql: string) => post(sql, { authorization }, '?user=default&password=')
    expect((await asDefault('SELECT currentUser()')).text).toBe('default\n')
    for (const sql of [
      "SELECT * FROM file('/etc/passwd', LineAsString, 'l String')",
      "SELECT (SELECT l FROM file('/etc/passwd', LineAsString, 'l String') LIMIT 1)",
      'SELECT (SELECT count() FROM headwater.flows)',
      'SELECT * FROM numbers(10)',
      'SYSTEM STOP LISTEN HTTP',
      'CREATE TEMPORARY TABLE t (a UInt8)',
    ])
      expect({ sql, ...(await asDefault(sql)) }).toMatchObject({
        sql,
        text: expect.stringMatching(/ACCESS_DENIED|QUOTA_EXCEEDED/),
      })
    const two = await post('SELECT currentUser()', { authorization, 'x-clickhouse-user': 'default' })
    expect(two.text).toContain('AUTHENTICATION_FAILED')
  })

  it('each user as itself', async () => {
    for (const role of roles) {
      const { columns } = await store[role].query('SELECT currentUser() AS user')
      expect(columns).toEqual({ user: [`headwater_${role}`] })
    }
  })

  it('listens on loopback HTTP alone', async () => {
    const { readFile, readlink, readdir } = await import('node:fs/promises')
    const pid = store.store.server?.pid
    const fds = await readdir(`/proc/${pid}/fd`)
    const sockets = new Set<string>()
    for (const fd of fds) {
      const inode = /socket:\[(\d+)]/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))?.[1]
      if (inode !== undefined) sockets.add(inode)
    }
    const listening: string[] = []
    for (const table of ['tcp', 'tcp6'])
      for (const line of (await readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')).split('\n')) {
        const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
        if (state === '0A' && inode !== undefined && sockets.has(inode)) listening.push(local ?? '')
      }
    const port = Number(new URL(store.store.connection.url).port).toString(16).toUpperCase().padStart(4, '0')
    expect(listening).toEqual([`0100007F:${port}`])
  })
})
