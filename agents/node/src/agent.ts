import { randomUUID } from 'node:crypto'
import { topics } from '@headwater/contracts'
import { createProbe, type Probe } from '@headwater/native'
import { ownInterfaces, type ReadInterfaces } from './endpoints/interfaces.js'
import { Loop } from './loop.js'
import type { Agent, AgentOptions, AgentStatus } from './options.js'
import { Outbox } from './outbox/outbox.js'
import type { Parcel } from './outbox/queue.js'
import { Pipeline } from './pipeline.js'
import { probeLosses } from './report/losses.js'
import { nodeReport } from './report/node-report.js'
import { Tally } from './report/tally.js'

/** `stop` in all; what the last walk may take of it. */
const STOP_MS = 4000
const LAST_WALK_MS = 1000
/** What is left for the producer's stop (1 s at most) and the probe's close. */
const CLOSE_MS = 1200

class NodeAgent implements Agent {
  readonly instance = randomUUID()
  onFatal: ((error: Error) => void) | undefined
  readonly #o: Required<Omit<AgentOptions, 'probe' | 'namespaces'>>
  readonly #probe: Probe
  readonly #interfaces: ReadInterfaces
  readonly #tally = new Tally()
  readonly #pipeline: Pipeline
  readonly #outbox: Outbox
  readonly #loop: Loop
  #state: AgentStatus['state'] = 'stopped'
  #started = 0
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(options: AgentOptions) {
    const defaults = {
      intervalMs: 5000,
      flushMs: 500,
      reportMs: 10_000,
      queueBytes: 64 * 2 ** 20,
      maxConnections: 262_144,
    }
    this.#o = { ...defaults, ...options }
    const { logger, producer, queueBytes } = this.#o
    const { namespaces } = options
    this.#probe = options.probe ?? createProbe({ logger, ...(namespaces === undefined ? {} : { namespaces }) })
    // The namespace of this process need not be one of its node's.
    this.#interfaces = namespaces === undefined ? ownInterfaces : () => this.#probe.addresses()
    this.#pipeline = new Pipeline({
      ...this.#o,
      instance: this.instance,
      tally: this.#tally,
      send: (p) => this.#outbox.push(p),
      connected: () => this.#outbox.connected,
    })
    this.#outbox = new Outbox({
      producer,
      queueBytes,
      logger,
      onDrop: (parcel, reason) => this.#dropped(parcel, reason),
      onRefused: (error) => this.onFatal?.(error),
    })
    this.#loop = new Loop({
      ...this.#o,
      probe: this.#probe,
      pipeline: this.#pipeline,
      interfaces: this.#interfaces,
      report: () => this.#report(false),
      onFailed: (error) => this.#fail(error),
    })
  }

  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    this.#pipeline.listeners.since = Date.now()
    await this.#probe.open()
    try {
      this.#started = Date.now()
      this.#pipeline.scan(this.#started, await this.#interfaces())
      this.#report(false)
    } catch (cause) {
      await this.#probe.close()
      throw cause
    }
    this.#state = 'running'
    this.#outbox.start()
    this.#loop.start()
    this.#o.logger.info('agent is running', { instance: this.instance, interval_ms: this.#o.intervalMs })
  }

  async stop(): Promise<void> {
    if (this.#starting === undefined) return
    this.#stopping ??= this.#stop(this.#starting)
    await this.#stopping
  }

  async #stop(starting: Promise<void>): Promise<void> {
    await starting.catch(() => {})
    if (this.#state === 'stopped') return
    const deadline = performance.now() + STOP_MS
    this.#state = 'stopped'
    await this.#loop.stop(LAST_WALK_MS)
    this.#pipeline.flush()
    this.#report(true)
    await this.#outbox.stop(Math.max(0, deadline - performance.now() - CLOSE_MS))
    await this.#probe.close()
    this.#o.logger.info('agent has stopped', { produced: this.#tally.rows, dropped: this.#tally.dropped })
  }

  status(): AgentStatus {
    return {
      state: this.#state,
      instance: this.instance,
      connected: this.#outbox.connected,
      produced: this.#tally.produced,
      dropped: this.#tally.dropped,
      waiting: this.#outbox.waiting,
      connections: this.#pipeline.connections.size,
      listeners: this.#pipeline.listeners.size,
      capabilities: this.#probe.capabilities(),
    }
  }

  #report(stopping: boolean): void {
    const { identity, version, profile, reportMs } = this.#o
    const kernel = this.#probe.counters()
    probeLosses(kernel, this.#tally)
    const { listeners, left } = this.#pipeline.listeners.report()
    const report = nodeReport({
      identity,
      instance: this.instance,
      version,
      profile,
      started: this.#started,
      time: Date.now(),
      intervalMs: reportMs,
      stopping,
      produced: this.#tally.produced,
      dropped: this.#tally.dropped,
      counters: { ...kernel, ...this.#pipeline.counters(), 'agent.listeners_left_out': left },
      capabilities: this.#probe.capabilities(),
      listeners,
    })
    const value = Buffer.from(JSON.stringify(report))
    this.#outbox.push({ kind: 'report', rows: 0, messages: [{ topic: topics.nodes, key: this.instance, value }] })
  }

  #dropped(parcel: Parcel, reason: string): void {
    this.#tally.drop(reason, parcel.rows)
    if (parcel.kind === 'endpoints') this.#pipeline.endpoints.lost(parcel.messages)
  }

  #fail(error: Error): void {
    if (this.#state !== 'running') return
    this.#state = 'failed'
    this.#o.logger.error(`the probe fails again and again: ${error.message}`)
    this.onFatal?.(error)
  }
}

/** An agent that does nothing until it is started. */
export const createAgent = (options: AgentOptions): Agent => new NodeAgent(options)
