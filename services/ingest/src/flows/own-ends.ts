import type { DecodedBatch } from '@headwater/contracts'
import type { End } from '../identity/connections.js'
import type { Observer, Observers } from './observers.js'

/** Where the ends of one batch that have the same service are chained: used again by the next batch. */
let first = new Int32Array(256)
const made: {
  end: End | undefined
  process: number
  namespace: number
  container: number
  netns: number
  next: number
}[] = []

/** The observed ends of one batch's rows, one batch at a time: one object for all rows of the same process in the same network namespace, also of later batches. */
export class OwnEnds {
  #used = 0
  readonly #observer: Observer

  constructor(
    private readonly batch: DecodedBatch,
    observers: Observers,
  ) {
    this.#observer = observers.of(batch.meta)
    const services = batch.columns.local_service.values.length
    if (services > first.length) first = new Int32Array(2 * services)
    first.fill(-1, 0, services)
  }

  /** @returns undefined for an end without a name: its address says more, who listens there */
  of(row: number): End | undefined {
    const { process, local_service, local_namespace, container_name, netns: namespaces } = this.batch.columns
    const service = local_service.indices[row] as number
    const program = process.indices[row] as number
    const namespace = local_namespace.indices[row] as number
    const container = container_name.indices[row] as number
    const netns = namespaces[row] as number
    for (let i = first[service] as number; i !== -1; ) {
      const known = made[i] as (typeof made)[number]
      if (
        known.process === program &&
        known.namespace === namespace &&
        known.container === container &&
        known.netns === netns
      )
        return known.end
      i = known.next
    }
    const end = this.#end(
      process.values[program] as string,
      local_service.values[service] as string,
      local_namespace.values[namespace] as string,
      container_name.values[container] as string,
      netns,
    )
    const next = first[service] as number
    const i = this.#used++
    first[service] = i
    made[i] = { end, process: program, namespace, container, netns, next }
    return end
  }

  #end(process: string, named: string, namespace: string, container: string, netns: number): End | undefined {
    if (process === '' && named === '') return undefined
    const service = named === '' ? process : named
    return this.#observer.end(`${process}\0${service}\0${namespace}\0${container}\0${netns}`, () => {
      const { node, cluster, zone, region } = this.batch.meta
      return { process, service, namespace, container, netns, node, cluster, zone, region }
    })
  }
}
