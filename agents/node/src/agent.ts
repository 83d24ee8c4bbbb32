import { randomUUID } from 'node:crypto'
import { type Capability, topics } from '@headwater/contracts/producer'
import { createProbe, type Probe } from '@headwater/native'
import { Budget } from './budget/budget.js'
import { WINDOW_MS } from './budget/cpu-budget.js'
import { ownInterfaces, type ReadInterfaces } from './endpoints/interfaces.js'
import { identityCapabilities } from './identity/capabilities.js'
import { Containers } from './identity/containers/containers.js'
import { DockerEngine } from './identity/containers/docker-engine.js'
import { checkIdentity } from './identity/node-identity.js'
import { Loop } from './loop.js'
import { MemoryKeeper } from './memory/memory-keeper.js'
import type { Agent, AgentOptions, AgentStatus } from './options.js'
import { Outbox } from './outbox/outbox.js'
import type { Parcel } from './outbox/queue.js'
import { Pipeline } from './pipeline.js'
import { Limits } from './report/limits.js'
import { dnsLosses, otherLosses, probeLosses } from './report/losses.js'
import { nodeReport } from './report/node-report.js'
import { OwnCost } from './report/own-cost.js'
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
  readonly #cost: OwnCost
  readonly #budget: Budget
  readonly #limits: Limits
  readonly #pipeline: Pipeline
  readonly #containers: Containers
  readonly #outbox: Outbox
  readonly #loop: Loop
  readonly #memory = new MemoryKeeper()
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
      dockerSocket: '/var/run/docker.sock',
      dnsNames: 'keep' as const,
      exclude: {},
      cpuBudget: 0,
      cpuWindowMs: WINDOW_MS,
    }
    this.#o = { ...defaults, ...options }
    const { logger, producer, queueBytes, dockerSocket } = this.#o
    const { namespaces, profile } = options
    this.#probe = options.probe ?? createProbe({ logger, profile, ...(namespaces === undefined ? {} : { namespaces }) })
    this.#cost = new OwnCost(this.#probe)
    this.#limits = new Limits(this.#probe, logger)
    // The namespace of this process need not be one of its node's.
    this.#interfaces = namespaces === undefined ? ownInterfaces : () => this.#probe.addresses()
    const engine = dockerSocket === '' ? undefined : new DockerEngine(dockerSocket)
    this.#containers = new Containers(engine, logger)
    this.#pipeline = new Pipeline({
      ...this.#o,
      containers: this.#containers,
      instance: this.instance,
      tally: this.#tally,
      send: (p) => this.#outbox.push(p),
      takeStock: () => this.#takeStock(),
      connected: () => this.#outbox.connected,
    })
    this.#outbox = new Outbox({
      producer,
      queueBytes,
      logger,
      onDrop: (parcel, reason) => this.#dropped(parcel, reason),
      onRefused: (error) => this.onFatal?.(error),
    })
    this.#budget = new Budget({
      ...this.#o,
      probe: this.#probe,
      cpuUs: () => this.#cost.cpuUs,
      onBlind: () => this.#loop.forgetDns(),
    })
    this.#loop = new Loop({
      ...this.#o,
      budget: this.#budget,
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
    checkIdentity(this.#o.identity)
    this.#pipeline.listeners.since = Date.now()
    await this.#probe.open()
    try {
      this.#started = Date.now()
      this.#pipeline.scan(this.#started, await this.#interfaces())
      await this.#limits.read()
      this.#report(false)
    } catch (cause) {
      await this.#probe.close()
      throw cause
    }
    this.#budget.start()
    this.#state = 'running'
    this.#containers.start()
    this.#outbox.start()
    this.#loop.start()
    this.#memory.start()
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
    this.#memory.stop()
    await this.#containers.stop()
    await this.#loop.stop(LAST_WALK_MS)
    this.#pipeline.flush()
    this.#pipeline.dns.flush()
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
      losses: this.#tally.losses ?? {},
      excluded: this.#tally.excluded ?? { rows: 0, bytes: 0 },
      waiting: this.#outbox.waiting,
      connections: this.#pipeline.connections.size,
      listeners: this.#pipeline.listeners.size,
      capabilities: this.#capabilities(),
      cost: this.#cost.told,
      budget: this.#budget.told,
    }
  }

  #capabilities(): Capability[] {
    return [...this.#probe.capabilities(), ...identityCapabilities(this.#containers)]
  }

  /** Batches and reports tell of losses as of now. Gives all counters. */
  #takeStock(): Record<string, number> {
    const kernel = this.#probe.counters()
    const own = { ...this.#pipeline.counters(), 'agent.walks_overrun': this.#loop.walksOverrun }
    const losses = otherLosses(this.#probe.losses(kernel), own)
    const { dns } = this.#pipeline
    probeLosses(kernel, this.#tally)
    dnsLosses(kernel, dns.tally)
    this.#tally.lose(losses)
    dns.tally.lose(losses)
    return { ...kernel, ...own }
  }

  #report(stopping: boolean): void {
    const { identity, version, profile, reportMs } = this.#o
    const counters = this.#takeStock()
    const dns = this.#pipeline.dns.tally
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
      excluded: this.#tally.excluded ?? { rows: 0, bytes: 0 },
      losses: this.#tally.losses ?? {},
      dns: { produced: dns.produced, dropped: dns.dropped },
      counters: { ...counters, 'agent.listeners_left_out': left },
      capabilities: this.#capabilities(),
      listeners,
      cost: this.#cost.take(),
      budget: this.#budget.told,
      limits: this.#limits.told,
    })
    const value = Buffer.from(JSON.stringify(report))
    if (!stopping) void this.#limits.read()
    this.#outbox.push({ kind: 'report', rows: 0, messages: [{ topic: topics.nodes, key: this.instance, value }] })
  }

  #dropped(parcel: Parcel, reason: string): void {
    if (parcel.kind === 'dns') this.#pipeline.dns.drop(reason, parcel.rows)
    else this.#tally.drop(reason, parcel.rows)
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
