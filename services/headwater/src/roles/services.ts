import { existsSync } from 'node:fs'
import type { StatusAnswer } from '@headwater/contracts'
import type { Ingest } from '@headwater/ingest'
import { createQueryServer, type QueryServer } from '@headwater/query'
import type { Config } from '../config/keys.js'
import { createLogger } from '../log/logger.js'
import { dropPrivileges } from '../privileges/drop.js'
import type { Assignment, ToChild } from '../up/messages.js'
import { version } from '../version.js'
import { type ChildRole, childLife } from './child.js'
import { consoleDir } from './console.js'
import { DemoDesk } from './demo-desk.js'
import { cidrsOf, ingestPart } from './ingest-part.js'
import { pricesOf } from './prices.js'
import { codeIsBarred, rehearse } from './rehearsal.js'
import { StatusBoard } from './status-board.js'
import { type OpenStore, openStore } from './store.js'

async function rehearsal(config: Config, views: string | undefined): Promise<void> {
  const store = await openStore(config, createLogger({ level: 'error', format: 'text' }), { migrate: true })
  await rehearse(config, store, views)
  await store.stop()
}

/** Ingest, API and console in one process without privileges: the child of `up` that holds all but agent and ClickHouse. */
class Services implements ChildRole {
  readonly #board = new StatusBoard()
  #store: OpenStore | undefined
  #ingest: Ingest | undefined
  #query: QueryServer | undefined
  #demo: DemoDesk | undefined

  async start({ config, token, user, demo }: Assignment) {
    const logger = createLogger({ level: config['log.level'], format: config['log.format'] }).child('services')
    const views = consoleDir(config['data-dir'], user)
    // While whoever started it may still read its files.
    const prices = pricesOf(config)
    const cidrs = cidrsOf(config)
    if (user !== undefined) {
      if (codeIsBarred(user)) await rehearsal(config, views)
      dropPrivileges(user)
    }
    const store = await openStore(config, logger.child('store'), { migrate: true })
    this.#store = store
    const ingest = ingestPart(config, store.client('ingest'), cidrs, logger, (error) => {
      logger.error(`ingest ended: ${error.message}`)
      process.exit(1)
    })
    this.#ingest = ingest
    await ingest.start()
    if (demo !== undefined) this.#demo = new DemoDesk(demo)
    const query = createQueryServer({
      host: config.listen.host,
      port: config.listen.port,
      token,
      allowedHosts: config['allowed-hosts'] ?? [],
      store: store.client('query'),
      status: async () => this.#board.answer(store.client('query')),
      ...(views !== undefined && existsSync(views) ? { consoleDir: views } : {}),
      prices,
      ...(this.#demo === undefined ? {} : { demo: this.#demo }),
      metrics: [() => ingest.metrics()],
      maxSeries: config['metrics.max-series'],
      version,
      logger: logger.child('query'),
    })
    this.#query = query
    await query.start()
    return { type: 'ready' as const, url: query.url }
  }

  message(message: ToChild): void {
    if (message.type === 'status') this.#board.set(message.status satisfies StatusAnswer)
    else if (message.type === 'fault') this.#demo?.take(message)
  }

  async stop(): Promise<void> {
    await this.#query?.stop()
    await this.#ingest?.stop()
    await this.#store?.stop()
  }
}

export const childMain = (): Promise<number> => childLife(async () => new Services())
