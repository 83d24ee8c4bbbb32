import { chmod, rename, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import {
  type BusConsumer,
  BusError,
  type BusHandler,
  type DeliveredMessage,
  type Logger,
  MAX_MESSAGE_BYTES,
} from '@headwater/contracts'
import { type BusCounters, type Counting, Counts } from '../counters.js'
import type { Lagging, TopicLag } from '../lag.js'
import { discard, readBody } from './body.js'
import { HandlerQueue } from './queue.js'
import { checkSocketPath, privateFolder } from './socket-path.js'
import { readHead, statusOf, topicOf } from './wire.js'

export interface LocalConsumerOptions {
  socketPath: string
  logger: Logger
  /** Messages received and not yet durable, at most; above it producers get 503. Default 64. */
  maxRequests?: number
  /** The same in bytes. Default 64 MiB. */
  maxBytes?: number
  /** Largest message in bytes. Default MAX_MESSAGE_BYTES. */
  maxMessageBytes?: number
}

/** The consumer's end of the local bus: an HTTP server on a Unix socket (mode 0600). */
class LocalConsumer implements BusConsumer, Counting, Lagging {
  readonly #options: Required<LocalConsumerOptions>
  readonly #counts = new Counts()
  #server: Server | undefined
  #queue: HandlerQueue | undefined
  #stopping = false
  #offset = 0n

  constructor(options: LocalConsumerOptions) {
    this.#options = { maxRequests: 64, maxBytes: 64 << 20, maxMessageBytes: MAX_MESSAGE_BYTES, ...options }
  }

  /** @throws UserError where the socket cannot be made or is in use */
  async start(handler: BusHandler): Promise<void> {
    const { socketPath, maxRequests, maxBytes, logger } = this.#options
    await checkSocketPath(socketPath)
    this.#stopping = false
    this.#queue = new HandlerQueue(handler, { requests: maxRequests, bytes: maxBytes, perCall: 16 })
    const server = createServer({ requestTimeout: 30_000, headersTimeout: 5_000, keepAliveTimeout: 60_000 })
    server.maxConnections = 256
    server.on('request', (request, response) => void this.#answer(request, response))
    const { folder, remove } = await privateFolder(socketPath)
    try {
      const made = join(folder, 's')
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(made, resolve)
      })
      await chmod(made, 0o600)
      await rename(made, socketPath)
    } catch (error) {
      server.close()
      throw error
    } finally {
      await remove()
    }
    this.#server = server
    logger.info('local bus: listening', { socket: socketPath })
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    this.#stopping = true
    await rm(this.#options.socketPath, { force: true })
    const closed = new Promise((resolve) => server.close(resolve))
    await this.#queue?.idle()
    server.closeIdleConnections()
    // A request whose body never comes must not hold the stop.
    const late = setTimeout(() => server.closeAllConnections(), 1000)
    await closed
    clearTimeout(late)
    await this.#queue?.idle()
  }

  counters(): BusCounters {
    return this.#counts.counters()
  }

  /** Of messages that ingest has taken; those that it has no room for wait at their agents. */
  lags(): TopicLag[] {
    return this.#queue?.lags() ?? []
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#take(request)
      response.writeHead(204).end()
    } catch (error) {
      const failure =
        error instanceof BusError ? error : new BusError('unavailable', `ingest failed: ${(error as Error).message}`)
      this.#counts.rejected(failure.code)
      const retryAfterMs = failure.options.retryAfterMs
      const status = request.method === 'POST' ? statusOf[failure.code] : 405
      if (Number(request.headers['content-length'] ?? 0) <= 4 * MAX_MESSAGE_BYTES) await discard(request)
      if (status === 503) response.setHeader('retry-after', Math.ceil((retryAfterMs ?? 1000) / 1000))
      if (!request.complete || this.#stopping) response.setHeader('connection', 'close')
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ code: failure.code, message: failure.message, retry_after_ms: retryAfterMs }))
    }
  }

  async #take(request: IncomingMessage): Promise<void> {
    const queue = this.#queue
    if (queue === undefined || this.#stopping) throw new BusError('unavailable', 'ingest is stopping')
    if (request.method !== 'POST') throw new BusError('misconfigured', `method ${request.method}; messages are POSTed`)
    const topic = topicOf(request.url)
    const head = readHead(request.headers)
    const length = Number(request.headers['content-length'])
    if (!Number.isSafeInteger(length)) throw new BusError('misconfigured', 'content-length is missing')
    if (length > this.#options.maxMessageBytes)
      throw new BusError('too-large', `${length} bytes, allowed are ${this.#options.maxMessageBytes}`)
    const release = queue.admit(length)
    try {
      const value = await readBody(request, length)
      const message: DeliveredMessage = {
        ...head,
        topic,
        value,
        partition: 0,
        offset: this.#offset++,
        timestamp: Date.now(),
      }
      await queue.push(message)
      this.#counts.moved(length)
    } finally {
      release()
    }
  }
}

/** @see README.md for the wire format */
export function createLocalConsumer(options: LocalConsumerOptions): BusConsumer & Counting & Lagging {
  return new LocalConsumer(options)
}
