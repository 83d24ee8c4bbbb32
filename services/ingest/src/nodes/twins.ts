import type { NodeReport } from '@headwater/contracts'
import { LEASE_MS } from '../coverage/leases.js'

type Report = Pick<NodeReport, 'cluster' | 'node' | 'instance' | 'time' | 'started' | 'stopping' | 'interval_ms'>

interface Known {
  started: number
  last: number
  /** Until when it counts as live. */
  until: number
}

/** Nodes remembered, and instances of one of them; the oldest go first. */
const MAX_NODES = 100_000
const MAX_INSTANCES = 8

/**
 * Finds agents that run at once under one name. An agent that is started again has a new instance too, but then the older one is not
 * heard of after the newer began. Two that both are, are two nodes.
 */
export class NodeTwins {
  readonly #nodes = new Map<string, Map<string, Known>>()
  readonly #told = new Set<string>()

  /** Takes in a report. @returns the instance that has the same name, the first time that the two are found; else undefined */
  hear({ cluster, node, instance, time, started, stopping, interval_ms }: Report): string | undefined {
    const name = JSON.stringify([cluster, node])
    const instances = this.#of(name)
    if (stopping) {
      instances.delete(instance)
      return undefined
    }
    const last = Math.max(time, instances.get(instance)?.last ?? 0)
    instances.delete(instance)
    let twin: string | undefined
    for (const [other, known] of instances) {
      const both = Math.max(started, known.started) < Math.min(last, known.last)
      if (both && time <= known.until) twin = other
    }
    instances.set(instance, { started, last, until: last + interval_ms + LEASE_MS })
    if (instances.size > MAX_INSTANCES) instances.delete(instances.keys().next().value as string)
    return twin !== undefined && this.#isNews(name, twin, instance) ? twin : undefined
  }

  #isNews(name: string, a: string, b: string): boolean {
    const pair = JSON.stringify([name, ...[a, b].sort()])
    if (this.#told.has(pair)) return false
    this.#told.add(pair)
    if (this.#told.size > MAX_NODES) this.#told.delete(this.#told.values().next().value as string)
    return true
  }

  #of(name: string): Map<string, Known> {
    let instances = this.#nodes.get(name)
    if (instances === undefined) {
      instances = new Map()
      this.#nodes.set(name, instances)
      if (this.#nodes.size > MAX_NODES) this.#nodes.delete(this.#nodes.keys().next().value as string)
    }
    return instances
  }
}
