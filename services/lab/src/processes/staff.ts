import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@headwater/contracts/runtime'
import type { DnsManner, DnsReply, NameTruth } from '../dns/messages.js'
import type { Switchboard } from '../faults/fault.js'
import type { Namespaces } from '../net/namespaces.js'
import type { Reply } from '../service/messages.js'
import type { ServiceSpec } from '../service/spec.js'
import { DNS_ADDRESS } from '../topology/places.js'
import { type Instance, zoneOf } from '../topology/services.js'
import type { InstanceCounts } from '../truth/truth.js'
import { Worker } from './worker.js'

/** Built, also for who runs the sources: tests do. */
const program = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url))
/** The lab's own environment is not its services' business. */
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, ...more })

const IDLE_LOOK_MS = 50
const IDLE_LIMIT_MS = 30_000

/** The processes of the lab: a worker for each instance, and the DNS server. */
export class Staff {
  readonly #workers = new Map<string, Worker>()
  #dns: Worker | undefined

  constructor(
    private readonly instances: readonly Instance[],
    private readonly namespaces: Namespaces,
    private readonly logger: Logger,
  ) {}

  get pids(): number[] {
    return [this.#dns, ...this.#workers.values()].flatMap((worker) => worker?.pid ?? [])
  }

  async start(): Promise<void> {
    const { logger } = this
    const zone = zoneOf(this.instances)
    const core = this.namespaces.get('core')
    const dns = new Worker({ name: 'dns', namespace: core, program: program('dns/main.js'), env: env(), logger })
    this.#dns = dns
    dns.start()
    for (const { name, service, namespace } of this.instances) {
      const worker = new Worker({
        name,
        namespace: this.namespaces.get(namespace),
        program: program('service/main.js'),
        env: env({ OTEL_SERVICE_NAME: service }),
        logger,
      })
      this.#workers.set(name, worker)
      worker.start()
    }
    await dns.ask({ type: 'start', address: DNS_ADDRESS, zone })
    await Promise.all(
      this.instances.map(({ name, serve, calls, load }) => {
        const spec: ServiceSpec = { instance: name, nameserver: DNS_ADDRESS, serve, calls, load }
        return this.#worker(name).ask({ type: 'start', spec })
      }),
    )
  }

  readonly tell: Switchboard['tell'] = async (name, order) => {
    await this.#worker(name).ask(order)
  }

  async tellDns(manner: Partial<DnsManner>): Promise<void> {
    await this.#dnsServer.ask({ type: 'manner', manner })
  }

  /** What the DNS server answered. */
  async names(): Promise<NameTruth[]> {
    const { names = [] } = await this.#dnsServer.ask<DnsReply>({ type: 'count' })
    return names
  }

  /** Whoever begins rounds by itself does so, or no more. */
  async load(running: boolean): Promise<void> {
    const loads = this.instances.filter((instance) => instance.load !== null)
    await Promise.all(loads.map(({ name }) => this.tell(name, { type: 'load', running })))
  }

  counts(): Promise<InstanceCounts[]> {
    return Promise.all(
      this.instances.map(async (instance) => {
        const { counts } = await this.#worker(instance.name).ask<Reply>({ type: 'count' })
        if (counts === undefined) throw new Error(`${instance.name} gives no counts`)
        return { instance, counts }
      }),
    )
  }

  /** Twice in a row: a request may be on its way between two services that were asked one after the other. */
  async idle(): Promise<void> {
    let quiet = 0
    for (const end = performance.now() + IDLE_LIMIT_MS; quiet < 2; await sleep(IDLE_LOOK_MS)) {
      const all = await this.counts()
      const active = all.filter(({ counts }) => counts.busy > 0 || counts.open > 0)
      quiet = active.length === 0 ? quiet + 1 : 0
      if (performance.now() > end) {
        throw new Error(`not idle after ${IDLE_LIMIT_MS} ms: ${active.map((a) => a.instance.name).join(', ')}`)
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#dns, ...this.#workers.values()].map((worker) => worker?.stop()))
    this.#workers.clear()
    this.#dns = undefined
  }

  get #dnsServer(): Worker {
    if (this.#dns === undefined) throw new Error('the lab has no DNS server')
    return this.#dns
  }

  #worker(name: string): Worker {
    const worker = this.#workers.get(name)
    if (worker === undefined) throw new Error(`the lab has no ${name}`)
    return worker
  }
}
