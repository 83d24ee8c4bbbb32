import { setTimeout as wait } from 'node:timers/promises'
import { BusError, type Chunk, type DeliveredMessage } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { DnsStage } from './dns/dns-stage.js'
import { EndpointStage } from './endpoints/endpoint-stage.js'
import { FlowStage } from './flows/flow-stage.js'
import { loadIdentity } from './identity/load.js'
import { IdentityTables } from './identity/tables.js'
import { LagTeller } from './lag/lag-teller.js'
import { Metrics } from './metrics/metrics.js'
import { NodeStage } from './nodes/node-stage.js'
import { DEFAULT_RETENTION_MS, type IngestOptions, OPTIONS } from './options.js'
import type { Stage } from './stage.js'
import { StoreWriter } from './store/writer.js'

/** The bus's handler: gives each message to the stage of its topic, in order. */
@Injectable()
export class Receiver {
  readonly #stages: Map<string, Stage>
  readonly #stopping = new AbortController()
  #loaded: Promise<void> | undefined
  #isLoaded = false
  #waitsFor: string | undefined

  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly identity: IdentityTables,
    private readonly writer: StoreWriter,
    private readonly lag: LagTeller,
    flows: FlowStage,
    nodes: NodeStage,
    endpoints: EndpointStage,
    dns: DnsStage,
  ) {
    this.#stages = new Map<string, Stage>([flows, dns, nodes, endpoints].map((stage) => [stage.topic, stage]))
  }

  /** Why nothing is taken yet. */
  get waitsFor(): string | undefined {
    return this.#waitsFor
  }

  /** Begins to take messages. Where the store is away, the bus is held back until it has told what it knows. */
  async start(): Promise<void> {
    this.#loaded = this.#load()
    await this.options.consumer.start((messages, chunk) => this.#handle(messages, chunk))
    this.lag.start()
  }

  /** Ends the message under way, commits, leaves. A store that is away is not waited for any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const hurry = setTimeout(() => this.writer.hurry(), 2000)
    this.lag.stop()
    await this.options.consumer.stop()
    clearTimeout(hurry)
  }

  async #handle(messages: readonly DeliveredMessage[], chunk?: Chunk): Promise<void> {
    if (!this.#isLoaded) await Promise.race([this.#loaded, wait(5000, undefined, { ref: false })])
    if (!this.#isLoaded) throw new BusError('backpressure', 'the store is not there yet', { retryAfterMs: 500 })
    for (let from = 0; from < messages.length; ) {
      const topic = messages[from]?.topic as string
      let to = from
      while (to < messages.length && messages[to]?.topic === topic) to++
      await this.#take(topic, messages.slice(from, to), chunk)
      from = to
    }
  }

  async #take(topic: string, messages: readonly DeliveredMessage[], chunk?: Chunk): Promise<void> {
    const stage = this.#stages.get(topic)
    await stage?.take(messages, chunk)
    // Once they are done: what is given back comes again, and would be counted again.
    for (const { value, broadcast } of messages) {
      if (broadcast === true) continue
      this.metrics.messagesIn.inc({ topic })
      this.metrics.bytesIn.inc({ topic }, value.byteLength)
    }
    if (stage === undefined) this.metrics.messagesDropped.inc({ topic, reason: 'no-such-stage' }, messages.length)
  }

  async #load(): Promise<void> {
    const { store, logger, retentionMs = DEFAULT_RETENTION_MS } = this.options
    while (!this.#stopping.signal.aborted) {
      try {
        await loadIdentity(store, this.identity, retentionMs, logger)
        this.#waitsFor = undefined
        this.#isLoaded = true
        return
      } catch (error) {
        const { message } = error as Error
        if (this.#waitsFor === undefined)
          logger.warn('the store is not there yet, trying again until it is', { reason: message })
        this.#waitsFor = `the store is not there yet: ${message}`
        await wait(500, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      }
    }
  }
}
