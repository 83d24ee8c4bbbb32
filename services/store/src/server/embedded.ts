import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Component, type Logger, UserError } from '@headwater/contracts'
import { StoreClient } from '../client/client.js'
import { LATEST_SCHEMA } from '../schema/migrations.js'
import { type Access, DATABASE, randomAccess, usersXml } from './access.js'
import { defaultMaxMemory, serverXml } from './config.js'
import { type Account, connectionFile, type StoreConnection, writeSecretFile } from './connection.js'
import { checkFolderVersion, type DataFolder, prepareDataFolder, writeFolderVersion } from './data-folder.js'
import { type EmbeddedLibrary, findLibrary } from './library.js'
import { type Ended, EXIT_LOCKED, ServerProcess } from './process.js'

export interface EmbeddedServerOptions {
  dataDir: string
  logger: Logger
  /** Account to run the server as; needs root. Default: this process's own. */
  runAs?: Account | undefined
  /** Bytes the server may use in all. Default: a quarter of the memory, 1 to 4 GiB. */
  maxMemory?: number | undefined
  /** Launcher binary, where it is not at its place in the checkout. */
  launcher?: string | undefined
}

interface Events {
  /** The server ended without being asked to; it is being restarted. */
  down: [reason: string]
  /** The server answers (again). */
  up: [connection: StoreConnection]
}

/** A lock may be held for a moment by a server whose owner just died: it is on its way out. */
const LOCK_PATIENCE_MS = 3_000
const BACKOFF_MS = [0, 100, 250, 500, 1_000, 2_000, 5_000]
/** A run as long as this ends a series of failures. */
const STABLE_MS = 30_000

const endedText = ({ code, signal, said }: Ended): string =>
  `${signal ? `killed by ${signal}` : `exit code ${code}`}${said.length ? `: ${said.slice(-3).join(' | ')}` : ''}`

/**
 * The embedded ClickHouse server on one data folder, restarted when it dies. It listens on a free loopback port, with
 * passwords made at start; both are told to clients by a 0600 file (see connectionFile). It dies with this process.
 */
export class EmbeddedServer extends EventEmitter<Events> implements Component {
  private folder: DataFolder | undefined
  private library: EmbeddedLibrary | undefined
  private process: ServerProcess | undefined
  private readonly access: Access = randomAccess()
  private readonly identity = randomUUID()
  private current: StoreConnection | undefined
  private stopping = false
  private supervision: Promise<void> = Promise.resolve()
  private readonly pause = new AbortController()
  private restarts = 0

  constructor(private readonly options: EmbeddedServerOptions) {
    super()
  }

  /** How to reach it. @throws where it was not started. */
  get connection(): StoreConnection {
    if (!this.current) throw new Error('the embedded server is not started')
    return this.current
  }

  /** Process id of the server; undefined while it is down. */
  get pid(): number | undefined {
    return this.process?.pid
  }

  /** Restarts since start. */
  get restartCount(): number {
    return this.restarts
  }

  /** Once. Resolves when the server answers to its own name. @throws UserError */
  async start(): Promise<void> {
    const { dataDir, runAs, launcher } = this.options
    this.library = await findLibrary(launcher)
    this.folder = await prepareDataFolder(dataDir, runAs)
    const version = { schema: LATEST_SCHEMA, library: this.library.version }
    await checkFolderVersion(this.folder, version)
    const started = Date.now()
    let ended = await this.launch(0)
    while (ended?.code === EXIT_LOCKED && Date.now() - started < LOCK_PATIENCE_MS) {
      await sleep(250)
      ended = await this.launch(0)
    }
    if (ended?.code === EXIT_LOCKED)
      throw new UserError(
        'data-dir-in-use',
        `Another Headwater already runs a store on the data folder ${this.folder.root}.`,
        'Stop it, or set data-dir (HEADWATER_DATA_DIR) to another folder.',
      )
    if (ended)
      throw new UserError(
        'store-start-failed',
        `The embedded ClickHouse did not start: ${endedText(ended)}.`,
        'Run with --log-level debug for its log, or set clickhouse.url (HEADWATER_CLICKHOUSE_URL) to another server.',
      )
    await writeFolderVersion(this.folder, version)
    if (this.stopping) {
      // stop() came while it started.
      await (this.process as ServerProcess | undefined)?.stop()
      return
    }
    this.supervision = this.supervise()
    this.options.logger.info('embedded ClickHouse is up', {
      url: this.connection.url,
      pid: this.pid,
      data: this.folder.store,
    })
  }

  /** Clean stop; what was acknowledged is on disk. */
  async stop(): Promise<void> {
    this.stopping = true
    this.pause.abort()
    await this.process?.stop()
    await this.supervision
    if (this.current && this.folder) await rm(connectionFile(this.folder.root), { force: true })
  }

  /** One start. Returns how it ended, where it did not come up. */
  private async launch(port: number): Promise<Ended | undefined> {
    const { folder, library } = this
    if (!folder || !library) throw new Error('not prepared')
    const { runAs, logger } = this.options
    const maxMemory = this.options.maxMemory ?? defaultMaxMemory()
    const file = (name: string) => join(folder.run, name)
    const paths = { dataPath: folder.store, usersPath: file('users.xml') }
    await writeSecretFile(paths.usersPath, usersXml(this.access, Math.floor(maxMemory / 2)), runAs)
    const { access, identity } = this
    const config = { ...paths, port, identity, access, maxMemory }
    await writeSecretFile(file('config.xml'), serverXml(config), runAs)
    await rm(file('port'), { force: true })
    const run = new ServerProcess({
      library,
      configFile: file('config.xml'),
      dataPath: folder.store,
      lockFile: join(folder.store, 'headwater.lock'),
      portFile: file('port'),
      runAs,
      logger: logger.child('clickhouse'),
    })
    this.process = run
    const listening = await run.listening()
    if (typeof listening !== 'number') {
      this.process = undefined
      return listening
    }
    const url = `http://127.0.0.1:${listening}`
    const connection: StoreConnection = { url, database: DATABASE, access, identity }
    const client = new StoreClient({ connection, role: 'admin', logger })
    try {
      await client.ping()
    } catch (error) {
      await run.kill()
      this.process = undefined
      return { ...(await run.ended), said: [`identity check: ${(error as Error).message}`] }
    } finally {
      await client.close()
    }
    await writeSecretFile(connectionFile(folder.root), `${JSON.stringify(connection, null, 2)}\n`, runAs)
    this.current = connection
    this.emit('up', connection)
    return undefined
  }

  private async supervise(): Promise<void> {
    let failures = 0
    let up = true
    let since = Date.now()
    while (!this.stopping) {
      if (this.process) {
        const ended = await this.process.ended
        this.process = undefined
        if (this.stopping) return
        if (Date.now() - since > STABLE_MS) failures = 0
        const reason = endedText(ended)
        this.options.logger.error('embedded ClickHouse ended, restarting it', { reason })
        this.emit('down', reason)
      }
      const wait = BACKOFF_MS[Math.min(failures++, BACKOFF_MS.length - 1)] ?? 0
      await sleep(wait, undefined, { signal: this.pause.signal }).catch(() => undefined)
      if (this.stopping) return
      since = Date.now()
      // The same port first, so that clients need not look for it; another one if that fails.
      up = await this.restart(up ? Number(new URL(this.connection.url).port) : 0)
    }
  }

  /** One more start on that port. Returns whether the server is up. */
  private async restart(port: number): Promise<boolean> {
    const failed = await this.launch(port).catch((error: Error) => ({
      code: null,
      signal: null,
      said: [error.message],
    }))
    // stop() may have come while it started.
    if (this.stopping) await (this.process as ServerProcess | undefined)?.stop()
    else if (failed) this.options.logger.error('embedded ClickHouse did not start', { reason: endedText(failed) })
    else {
      this.restarts++
      this.options.logger.warn('embedded ClickHouse is back', { url: this.connection.url, pid: this.pid })
    }
    return failed === undefined
  }
}
