import type { Span } from '../identity/span.js'

/** How long after it was last heard an agent counts as live, in ms of flow time. */
export const LEASE_MS = 30_000

/** Instances remembered; the one heard of first goes first. */
const MAX_INSTANCES = 100_000

interface Lease {
  first: number
  last: number
  stopped: boolean
}

/** When each agent instance was live, in flow time: from its start until LEASE_MS after it was last heard, or until it said that it stops. */
export class Leases {
  readonly #leases = new Map<string, Lease>()
  #version = 0

  /** Another number once an agent may not be live at a time at which it was. */
  get version(): number {
    return this.#version
  }

  /** A heartbeat or a batch of that flow time (Unix ms). */
  hear(instance: string, time: number, started = time): void {
    const lease = this.#of(instance, started)
    if (lease.stopped) return
    lease.first = Math.min(lease.first, started)
    lease.last = Math.max(lease.last, time)
  }

  /** The last report of a clean stop: what ends after it was not seen any more. */
  stop(instance: string, time: number, started = time): void {
    const lease = this.#of(instance, started)
    lease.first = Math.min(lease.first, started)
    lease.last = time
    lease.stopped = true
    this.#version++
  }

  /** @param span of the answer, as long as nothing more is heard */
  liveAt(instance: string, time: number, span?: Span): boolean {
    const lease = this.#leases.get(instance)
    if (lease === undefined) return false
    const last = lease.last + (lease.stopped ? 0 : LEASE_MS)
    span?.narrow(time, lease.first)
    span?.narrow(time, last + 1)
    return time >= lease.first && time <= last
  }

  /** Unix ms since which the instance is known to run. */
  since(instance: string): number | undefined {
    return this.#leases.get(instance)?.first
  }

  #of(instance: string, time: number): Lease {
    let lease = this.#leases.get(instance)
    if (lease === undefined) {
      lease = { first: time, last: time, stopped: false }
      this.#leases.set(instance, lease)
      if (this.#leases.size > MAX_INSTANCES) {
        this.#leases.delete(this.#leases.keys().next().value as string)
        this.#version++
      }
    }
    return lease
  }
}
