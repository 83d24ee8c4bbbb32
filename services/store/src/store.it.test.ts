import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { LATEST_SCHEMA } from './schema/migrations.js'
import { type Access, randomAccess, usersXml } from './server/access.js'
import { serverXml } from './server/config.js'
import { prepareDataFolder } from './server/data-folder.js'
import { findLibrary } from './server/library.js'
import { ServerProcess } from './server/process.js'
import { createStore, type ExternalStore, type Store } from './store.js'
import { memoryLogger, startTestStore, type TestStore, temporaryFolder } from './testing/index.js'

/** A second embedded server plays the outside one: it is a ClickHouse like any other. */
let outside: TestStore
let external: ExternalStore
beforeAll(async () => {
  outside = await startTestStore()
  external = { url: outside.store.connection.url, ...outside.store.connection.access.admin }
})
afterAll(() => outside?.stop())

const store = (options: ExternalStore, migrate?: boolean): Store => {
  const created = createStore({
    dataDir: '/nonexistent',
    logger: memoryLogger(),
    external: options,
    ...(migrate === undefined ? {} : { migrate }),
  })
  onTestFinished(() => created.stop())
  return created
}

/** A URL on which nobody listens any more. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

/** A server that, as any other, lets people try passwords: ours without its rule for HTTP. */
async function plainServer(): Promise<{ url: string; access: Access }> {
  const { path, remove } = await temporaryFolder()
  onTestFinished(remove)
  const folder = await prepareDataFolder(path)
  const access = randomAccess()
  const file = (name: string) => join(folder.run, name)
  const maxMemory = 2 ** 30
  const config = { dataPath: folder.store, usersPath: file('users.xml'), port: 0, identity: 'plain', access, maxMemory }
  await writeFile(config.usersPath, usersXml(access, maxMemory))
  await writeFile(file('config.xml'), serverXml(config).replace(/<http_handlers>.*<\/http_handlers>/s, ''))
  const run = new ServerProcess({
    library: await findLibrary(),
    configFile: file('config.xml'),
    dataPath: folder.store,
    lockFile: file('lock'),
    portFile: file('port'),
    logger: memoryLogger(),
  })
  onTestFinished(async () => void (await run.stop()))
  return { url: `http://127.0.0.1:${await run.listening()}`, access }
}

describe('a store on an outside server', () => {
  it('works with its schema', async () => {
    const used = store(external)
    await used.start()
    expect(await used.health()).toMatchObject({ ok: true, embedded: false, schema: LATEST_SCHEMA })
    expect((await used.client('query').query('SELECT count() AS n FROM flows')).columns).toEqual({ n: [0] })
  })

  it('asks for headwater migrate where the schema is missing, and applies it when asked', async () => {
    await outside.admin.command('DROP DATABASE headwater SYNC')
    await expect(store(external).start()).rejects.toMatchObject({
      code: 'schema-older',
      fix: expect.stringContaining('headwater migrate'),
    })
    const used = store(external, true)
    await used.start()
    expect(used.migrated).toMatchObject({ from: 0, to: LATEST_SCHEMA })
  })

  it('names the URL where nobody answers', async () => {
    const url = await deadUrl()
    await expect(store({ ...external, url }).start()).rejects.toMatchObject({
      name: 'UserError',
      code: 'clickhouse-unreachable',
      message: expect.stringContaining(url),
      fix: expect.stringContaining('HEADWATER_CLICKHOUSE_URL'),
    })
  })

  it('names the URL where something else answers', async () => {
    const server = createServer((_, answer) => answer.end('<html>hello</html>')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.closeAllConnections())
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(store({ ...external, url }).start()).rejects.toMatchObject({
      code: 'clickhouse-unreachable',
      message: expect.stringContaining(url),
    })
  })

  it('says that the user or password is wrong', async () => {
    const plain = await plainServer()
    const options = { ...external, ...plain.access.admin, url: plain.url }
    await store(options, true).start()
    for (const wrong of [{ password: 'wrong' }, { user: 'nobody' }])
      await expect(store({ ...options, ...wrong }).start()).rejects.toMatchObject({
        name: 'UserError',
        code: 'clickhouse-auth',
        message: expect.stringContaining(plain.url),
        fix: expect.stringContaining('HEADWATER_CLICKHOUSE_PASSWORD'),
      })
  })

  it('says what is missing where the user may not do enough', async () => {
    await outside.admin.command('DROP DATABASE headwater SYNC')
    onTestFinished(async () => {
      await store(external, true).start()
    })
    await expect(store({ ...external, ...outside.store.connection.access.ingest }, true).start()).rejects.toMatchObject(
      {
        code: 'clickhouse-denied',
        fix: expect.stringContaining('Grant'),
      },
    )
  })

  it('says what is wrong with a URL that is none', async () => {
    await expect(store({ ...external, url: 'clickhouse.example:8123' }).start()).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('clickhouse.example:8123'),
    })
  })
})

describe('Store', () => {
  it('says why it is not healthy, before the start and after a failure', async () => {
    const { path, remove } = await temporaryFolder()
    onTestFinished(remove)
    const used = createStore({ dataDir: path, logger: memoryLogger() })
    expect(await used.health()).toMatchObject({ ok: false, reason: 'the store is not started', embedded: true })
    await used.start()
    onTestFinished(() => used.stop())
    expect(await used.health()).toMatchObject({ ok: true, schema: LATEST_SCHEMA, bytesOnDisk: expect.any(Number) })
    await used.server?.stop()
    expect(await used.health()).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/ECONNREFUSED|No embedded ClickHouse/),
    })
  })

  it('limits what a query may take', async () => {
    const sql = 'SELECT number FROM numbers(100000)'
    await expect(outside.query.query(sql, {}, { maxResultRows: 10 })).rejects.toMatchObject({
      code: 'too-large',
      retryable: false,
    })
    await expect(
      outside.query.query('SELECT count() FROM numbers(1e12)', {}, { maxExecutionSeconds: 0.2 }),
    ).rejects.toMatchObject({ code: 'timeout' })
    await expect(
      outside.query.query('SELECT sleep(3)', {}, { signal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject({ code: 'cancelled' })
    await expect(outside.query.query('SELECT nothing FROM flows')).rejects.toMatchObject({
      code: 'schema',
      retryable: false,
    })
    await expect(outside.query.query('SELECT 1 FROM nowhere')).rejects.toMatchObject({
      code: 'schema',
      retryable: true,
    })
    await expect(outside.query.query('SELEC 1')).rejects.toMatchObject({ code: 'refused', retryable: false })
  })

  it('takes values as parameters and answers in columns, checked by a schema', async () => {
    const value = `it's \\ "quoted" \n {x:String} é😀`
    const { columns, rows } = await outside.query.query(
      'SELECT {value:String} AS value, number FROM numbers({n:UInt8})',
      { value, n: 2 },
      { schema: { parse: (columns) => columns as { value: string[]; number: number[] } } },
    )
    expect({ columns, rows }).toEqual({ columns: { value: [value, value], number: [0, 1] }, rows: 2 })
  })

  it('keeps the passwords out of its errors', async () => {
    const error = await outside.query
      .query('SELEC 1')
      .catch((caught: Error) => `${caught.message}${JSON.stringify(caught)}`)
    for (const { password } of Object.values(outside.store.connection.access)) expect(error).not.toContain(password)
  })
})
