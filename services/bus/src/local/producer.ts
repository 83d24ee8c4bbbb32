import type { Agent as HttpAgent } from 'node:http'
import { BusError, type BusMessage, type BusProducer, MAX_MESSAGE_BYTES } from '@headwater/contracts/bus'
import type { Logger } from '@headwater/contracts/runtime'
import { type BusCounters, type Counting, Counts } from '../counters.js'
import { Availability } from '../runtime/availability.js'
import { backoffMs, sleep } from '../runtime/backoff.js'
import { encodeText, errorOf, HEADERS_HEADER, KEY_HEADER, MAX_HEAD_BYTES, PATH_PREFIX } from './wire.js'

// By import the module would load all that it offers, its WebSocket too: 10 MB of the process (its getters are asked one by one).
const { Agent, request } = process.getBuiltinModule('node:http')

export interface LocalProducerOptions {
  socketPath: string
  logger: Logger
  /** How long one publish is tried again while ingest is away or full, in ms. Default 5000. */
  retryForMs?: number
  /** How long one answer may take, in ms: the store may be busy. Default 60000. */
  timeoutMs?: number
}

/** The producer's end of the local bus. Publishes go out one after the other, so that order is kept through retries. */
class LocalProducer implements BusProducer, Counting {
  readonly #options: Required<LocalProducerOptions>
  readonly #counts = new Counts()
  readonly #availability: Availability
  #agent: HttpAgent | undefined
  #stopping = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: LocalProducerOptions) {
    this.#options = { retryForMs: 5000, timeoutMs: 60_000, ...options }
    this.#availability = new Availability(`local bus ${options.socketPath}`, options.logger)
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController()
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 })
  }

  publish(messages: readonly BusMessage[]): Promise<void> {
    const published = this.#last.then(() => this.#publishAll(messages))
    this.#last = published.catch(() => undefined)
    return published
  }

  /** What is under way may end within 2 s; what waits is rejected with BusError `stopped`. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.race([this.#last, sleep(2000)])
    this.#agent?.destroy()
    this.#agent = undefined
  }

  counters(): BusCounters {
    return this.#counts.counters()
  }

  async #publishAll(messages: readonly BusMessage[]): Promise<void> {
    for (const message of messages) {
      await this.#deliver(message).catch((error: BusError) => {
        this.#counts.rejected(error.code)
        throw error
      })
      this.#counts.moved(message.value.byteLength)
    }
  }

  async #deliver(message: BusMessage): Promise<void> {
    if (message.value.byteLength > MAX_MESSAGE_BYTES)
      throw new BusError('too-large', `${message.value.byteLength} bytes, allowed are ${MAX_MESSAGE_BYTES}`)
    const until = Date.now() + this.#options.retryForMs
    for (let attempt = 0; ; attempt++) {
      if (this.#stopping.signal.aborted || this.#agent === undefined)
        throw new BusError('stopped', 'the producer is stopped')
      try {
        await this.#post(this.#agent, message)
        this.#availability.up()
        return
      } catch (error) {
        const failure = error as BusError
        if (failure.code === 'unavailable') this.#availability.down(failure)
        const wait = Math.max(failure.options.retryAfterMs ?? 0, backoffMs(attempt, 50, 1000))
        if (!failure.retryable || Date.now() + wait > until) throw failure
        this.#counts.retried()
        await sleep(wait, this.#stopping.signal)
      }
    }
  }

  #post(agent: HttpAgent, message: BusMessage): Promise<void> {
    const key = encodeText(message.key)
    const headers = encodeText(JSON.stringify(message.headers ?? {}))
    if (key.length + headers.length > (MAX_HEAD_BYTES * 4) / 3)
      throw new BusError('too-large', `key and headers are over ${MAX_HEAD_BYTES} bytes`)
    return new Promise((resolve, reject) => {
      const post = request({
        agent,
        socketPath: this.#options.socketPath,
        method: 'POST',
        path: PATH_PREFIX + message.topic,
        timeout: this.#options.timeoutMs,
        headers: {
          'content-type': 'application/octet-stream',
          'content-length': message.value.byteLength,
          [KEY_HEADER]: key,
          [HEADERS_HEADER]: headers,
        },
      })
      post.on('timeout', () => post.destroy(new Error(`no answer within ${this.#options.timeoutMs} ms`)))
      post.on('error', (cause: NodeJS.ErrnoException) => {
        const denied = cause.code === 'EACCES' || cause.code === 'EPERM'
        reject(
          new BusError(
            denied ? 'unauthorized' : 'unavailable',
            denied ? `this user may not write to ${this.#options.socketPath}` : `no ingest: ${cause.message}`,
            { cause },
          ),
        )
      })
      post.on('response', (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          if (body.length < 65_536) body += chunk
        })
        response.on('end', () => {
          if (response.statusCode === 204) resolve()
          else reject(errorOf(response.statusCode ?? 0, body))
        })
        response.on('error', (cause) => reject(new BusError('unavailable', `answer cut: ${cause.message}`, { cause })))
      })
      post.end(message.value)
    })
  }
}

/** @see README.md for the wire format */
export function createLocalProducer(options: LocalProducerOptions): BusProducer & Counting {
  return new LocalProducer(options)
}
