import { fileURLToPath } from 'node:url'
import type { DemoFault } from '@headwater/contracts'
import type { NameTruth } from './dns/messages.js'
import type { Switchboard } from './faults/fault.js'
import { Faults } from './faults/faults.js'
import { checkLabLock, lockLab } from './lock/lock.js'
import { buildNetwork } from './net/build.js'
import { Namespaces } from './net/namespaces.js'
import { networkPlan } from './net/plan.js'
import { checkRequirements } from './net/tools.js'
import type { Lab, LabNode, LabOptions } from './options.js'
import { Staff } from './processes/staff.js'
import { clusterOf, nodePlans, REALM } from './topology/places.js'
import { type Instance, instances, PAGES_PER_SECOND, podsAmong } from './topology/services.js'
import { type PairTruth, pairTruth, type TruthBy } from './truth/truth.js'

const LOCK = '/run/headwater-lab.lock'

class NamespaceLab implements Lab {
  readonly cidrs = fileURLToPath(new URL('../files/cidrs.yaml', import.meta.url))
  readonly #namespaces = new Namespaces()
  readonly #faults = new Faults()
  readonly #instances: Instance[]
  readonly #staff: Staff
  readonly #board: Switchboard
  #unlock: (() => void) | undefined
  #running = false

  constructor(private readonly options: LabOptions) {
    this.#instances = instances(options.pagesPerSecond ?? PAGES_PER_SECOND)
    this.#staff = new Staff(this.#instances, this.#namespaces, options.logger)
    this.#board = {
      namespaces: this.#namespaces,
      address: (name) => this.#instances.find((i) => i.name === name)?.address ?? '',
      tell: (name, order) => this.#staff.tell(name, order),
      tellDns: (manner) => this.#staff.tellDns(manner),
    }
  }

  get nodes(): LabNode[] {
    const pods = podsAmong(this.#instances)
    return nodePlans.map((node) => ({
      cluster: node.cluster,
      node: node.name,
      zone: node.zone,
      region: clusterOf(node.cluster).region,
      realm: REALM,
      namespaces: [node.name, ...pods.filter((p) => p.node === node).map((p) => p.namespace)].flatMap(
        (name) => this.#namespaces.find(name)?.path ?? [],
      ),
    }))
  }

  get pids(): number[] {
    return [...this.#namespaces.all().map((namespace) => namespace.pid), ...this.#staff.pids]
  }

  get traffic() {
    return { running: this.#running, requests_per_second: this.options.pagesPerSecond ?? PAGES_PER_SECOND }
  }

  check(): void {
    checkRequirements({ exactCounters: this.options.exactCounters ?? false })
    if (this.#unlock === undefined) checkLabLock(this.options.lockPath ?? LOCK)
  }

  async start(): Promise<void> {
    const exactCounters = this.options.exactCounters ?? false
    this.check()
    this.#unlock = lockLab(this.options.lockPath ?? LOCK)
    try {
      const plans = networkPlan(podsAmong(this.#instances))
      await this.#namespaces.start(plans.map((plan) => plan.name))
      await buildNetwork(this.#namespaces, plans, { exactCounters })
      await this.#staff.start()
      if (this.options.holdTraffic !== true) await this.resume()
      this.options.logger.info('the lab runs', { nodes: nodePlans.length, services: this.#instances.length })
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#running = false
    await this.#staff.stop()
    await this.#namespaces.stop()
    this.#faults.reset()
    this.#unlock?.()
    this.#unlock = undefined
  }

  faults(): DemoFault[] {
    return this.#faults.list()
  }

  async setFault(id: string, on: boolean): Promise<DemoFault[]> {
    await this.#faults.set(this.#board, id, on)
    return this.faults()
  }

  async truth(by: TruthBy = 'service'): Promise<PairTruth[]> {
    return pairTruth(await this.#staff.counts(), by)
  }

  names(): Promise<NameTruth[]> {
    return this.#staff.names()
  }

  async pause(): Promise<void> {
    await this.#staff.load(false)
    this.#running = false
  }

  async resume(): Promise<void> {
    await this.#staff.load(true)
    this.#running = true
  }

  async drain(): Promise<void> {
    await this.pause()
    await this.#staff.idle()
  }

  inspect(namespace: string, program: string, args: readonly string[]): Promise<string> {
    return this.#namespaces.get(namespace).run(program, args)
  }
}

/** A lab, which is inert until start(). */
export const createLab = (options: LabOptions): Lab => new NamespaceLab(options)
