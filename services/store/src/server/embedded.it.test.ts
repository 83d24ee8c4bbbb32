import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { encodeFlows } from '../native/tables.js'
import { LATEST_SCHEMA } from '../schema/migrations.js'
import { connectStore } from '../store.js'
import { type FlowRow, flowBlock, memoryLogger, startTestStore, temporaryFolder } from '../testing/index.js'
import { connectionFile, readConnectionFile } from './connection.js'
import { EmbeddedServer } from './embedded.js'

const logger = memoryLogger()
const servers: EmbeddedServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function folder(): Promise<string> {
  const { path, remove } = await temporaryFolder()
  onTestFinished(remove)
  return path
}

const server = (dataDir: string, runAs?: { uid: number; gid: number }): EmbeddedServer => {
  const created = new EmbeddedServer({ dataDir, logger, runAs })
  servers.push(created)
  return created
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) if (await condition()) return
  throw new Error(`not so after ${ms} ms: ${condition}`)
}

describe('EmbeddedServer', () => {
  it('keeps its rows over a stop and a start', async () => {
    const dataDir = await folder()
    const first = await startTestStore({ dataDir })
    const block = flowBlock([{}, {}, {}])
    await first.ingest.insertNative('flows', encodeFlows([block]), { token: 'a' })
    const { pid } = first.store.server as EmbeddedServer
    await first.stop()
    expect(alive(pid as number)).toBe(false)
    const second = await startTestStore({ dataDir })
    onTestFinished(second.stop)
    expect(second.store.migrated).toMatchObject({ from: LATEST_SCHEMA, changes: [] })
    await second.ingest.insertNative('flows', encodeFlows([block]), { token: 'a' })
    const { columns } = await second.query.query(
      'SELECT count() AS n, (SELECT sum(rows) FROM edges_1m) AS rolled FROM flows',
    )
    expect(columns).toEqual({ n: [3], rolled: [3] })
  })

  it('comes back after kill -9 under load, and a retried insert is there once, with all that derives from it', async () => {
    const { store, ingest, query, stop } = await startTestStore()
    onTestFinished(stop)
    const embedded = store.server as EmbeddedServer
    const seen: string[] = []
    store.on('down', () => seen.push('down')).on('up', () => seen.push('up'))
    let sent = 0
    let retries = 0
    let done = false
    const load = (async () => {
      for (let chunk = 0; !done; chunk++) {
        const rows = Array.from({ length: 50 }, (_, i): FlowRow => ({ sequence: BigInt(chunk), tx_bytes: BigInt(i) }))
        const block = flowBlock(rows)
        const bytes = encodeFlows([block])
        for (;;) {
          const failed = await ingest.insertNative('flows', bytes, { token: `chunk-${chunk}` }).catch((error) => error)
          if (failed === undefined) break
          if (!failed.retryable) throw failed
          retries++
          await sleep(50)
        }
        sent++
      }
    })()
    const url = store.connection.url
    for (let kill = 0; kill < 3; kill++) {
      const before = sent
      await until(() => sent > before + 3)
      const { pid, restartCount } = embedded
      process.kill(pid as number, 'SIGKILL')
      await until(() => embedded.restartCount === restartCount + 1)
    }
    const before = sent
    await until(() => sent > before + 3)
    done = true
    await load
    expect(retries).toBeGreaterThan(0)
    expect(seen).toEqual(['down', 'up', 'down', 'up', 'down', 'up'])
    expect(store.connection.url).toBe(url)
    const { columns } = await query.query(
      `SELECT count() AS flows, (SELECT sum(rows) FROM edges_1m) AS minutes, (SELECT sum(rows) FROM edges_1h) AS hours,
         (SELECT sum(client_to_server_bytes) FROM zones_1h) AS bytes, (SELECT sum(rows) FROM batches) AS batched,
         (SELECT count() FROM batches) AS batches FROM flows`,
    )
    const rows = [sent * 50]
    const bytes = [(sent * 50 * 49) / 2]
    expect(columns).toEqual({ flows: rows, minutes: rows, hours: rows, bytes, batched: rows, batches: [sent] })
    expect(await store.health()).toMatchObject({ ok: true, restarts: 3, embedded: true })
  })

  it('dies with its parent, however that dies', async () => {
    const dataDir = await folder()
    const script = `import { EmbeddedServer } from '@headwater/store'
      import { memoryLogger } from '@headwater/store/testing'
      const server = new EmbeddedServer({ dataDir: ${JSON.stringify(dataDir)}, logger: memoryLogger() })
      await server.start()
      console.log(server.pid)`
    const cwd = new URL('../..', import.meta.url)
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(String(line))
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => !alive(pid))
    // Cleanly: its folder is free at once.
    await server(dataDir).start()
  })

  it('tells its clients where it is in a file for its own user only', async () => {
    const dataDir = await folder()
    const embedded = server(dataDir)
    await embedded.start()
    const file = connectionFile(dataDir)
    expect(await readConnectionFile(file)).toEqual(embedded.connection)
    for (const secret of [file, join(dataDir, 'run', 'config.xml'), join(dataDir, 'run', 'users.xml')])
      expect((await stat(secret)).mode & 0o777).toBe(0o600)
    await embedded.stop()
    const client = connectStore({ dataDir }, { role: 'query', logger })
    await expect(client.ping()).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringContaining(file),
    })
  })

  it('lets a client find it again when it moved', async () => {
    const dataDir = await folder()
    const embedded = server(dataDir)
    await embedded.start()
    const client = connectStore({ dataDir }, { role: 'admin', logger })
    onTestFinished(() => client.close())
    await client.ping()
    await embedded.stop()
    await expect(client.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await server(dataDir).start()
    await client.ping()
  })

  it('knows another server that answers in its place', async () => {
    const [mine, other] = [server(await folder()), server(await folder())]
    await Promise.all([mine.start(), other.start()])
    const connection = { ...other.connection, identity: mine.connection.identity as string }
    const client = connectStore(connection, { role: 'admin', logger })
    onTestFinished(() => client.close())
    await expect(client.ping()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('another ClickHouse'),
    })
  })

  it('refuses a second server on the same folder, and leaves the first alone', async () => {
    const dataDir = await folder()
    const first = server(dataDir)
    await first.start()
    await expect(server(dataDir).start()).rejects.toMatchObject({
      code: 'data-dir-in-use',
      message: expect.stringContaining(dataDir),
    })
    const client = connectStore({ dataDir }, { role: 'admin', logger })
    onTestFinished(() => client.close())
    await client.ping()
  })

  it.each([
    [{ schema: 1_000, library: '1.0' }, 'schema 1000'],
    [{ schema: 0, library: '99.1.2-stable.1' }, 'ClickHouse 99.1.2-stable.1'],
  ])('refuses a folder of a newer version: %j', async (version, named) => {
    const dataDir = await folder()
    await writeFile(join(dataDir, 'store.json'), JSON.stringify(version))
    await expect(server(dataDir).start()).rejects.toMatchObject({
      code: 'data-dir-newer',
      message: expect.stringContaining(named),
    })
    expect(JSON.parse(await readFile(join(dataDir, 'store.json'), 'utf8'))).toEqual(version)
  })

  it('says so where a file is in the way of the folder', async () => {
    const dataDir = await folder()
    await writeFile(join(dataDir, 'store'), '')
    await expect(server(dataDir).start()).rejects.toMatchObject({
      code: 'data-dir-unusable',
      fix: expect.stringContaining('HEADWATER_DATA_DIR'),
    })
  })
})

const root = process.getuid?.() === 0
const skipped = root ? undefined : 'needs root'
if (skipped !== undefined) console.warn(`SKIP the embedded server as another user, a read-only folder: ${skipped}`)

describe.skipIf(skipped !== undefined)('EmbeddedServer, as root', () => {
  it('runs as the account it is given, without any privilege', async () => {
    const base = await folder()
    const dataDir = join(base, 'data')
    await mkdir(dataDir, { mode: 0o700 })
    const { chmod } = await import('node:fs/promises')
    await chmod(base, 0o755)
    const account = { uid: 65_534, gid: 65_534 }
    const first = server(dataDir, account)
    await first.start()
    const status = await readFile(`/proc/${first.pid}/status`, 'utf8')
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim()
    expect({ name: field('Name'), uid: field('Uid'), gid: field('Gid'), groups: field('Groups') }).toEqual({
      name: 'headwater-store',
      uid: '65534\t65534\t65534\t65534',
      gid: '65534\t65534\t65534\t65534',
      groups: '',
    })
    expect({
      effective: field('CapEff'),
      permitted: field('CapPrm'),
      ambient: field('CapAmb'),
      locked: field('NoNewPrivs'),
    }).toEqual({
      effective: '0000000000000000',
      permitted: '0000000000000000',
      ambient: '0000000000000000',
      locked: '1',
    })
    expect((await stat(connectionFile(dataDir))).uid).toBe(65_534)
    // Again on the same folder, now after it was root's.
    await first.stop()
    const asRoot = server(dataDir)
    await asRoot.start()
    await asRoot.stop()
    await server(dataDir, account).start()
  })

  it('names the folder that its account cannot enter', async () => {
    const base = await folder()
    await expect(server(join(base, 'data'), { uid: 65_534, gid: 65_534 }).start()).rejects.toMatchObject({
      code: 'data-dir-unreachable',
      fix: expect.stringContaining(`chmod o+x ${base}`),
    })
  })

  it('says that a read-only folder is read-only', async () => {
    const dataDir = await folder()
    const run = async (...args: string[]) =>
      (await once(spawn(args[0] as string, args.slice(1), { stdio: 'ignore' }), 'close'))[0] as number
    if ((await run('mount', '-t', 'tmpfs', '-o', 'ro', 'headwater-test', dataDir)) !== 0) {
      console.warn('SKIP a read-only data folder: mount is not permitted here')
      return
    }
    try {
      await expect(server(dataDir).start()).rejects.toMatchObject({
        code: 'data-dir-read-only',
        message: expect.stringContaining(dataDir),
        fix: expect.stringContaining('HEADWATER_DATA_DIR'),
      })
    } finally {
      await run('umount', dataDir)
    }
  })
})
