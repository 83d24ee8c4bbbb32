import { CachePool } from './call/cache-pool.js'
import { httpCall } from './call/http-call.js'
import { Names } from './call/resolver.js'
import type { ServiceCounts } from './count/counts.js'
import { EndCounter } from './count/end.js'
import { Listener } from './serve/server.js'
import type { CallChange, CallSpec, Manner, ServiceSpec } from './spec.js'

/** Rounds under way, of the load, above which new ones are left out and counted. */
const MOST_ROUNDS = 200

/** A small service: for each request that it serves, and by itself where it has a load, a round of calls to others. */
export class Service {
  readonly #made = new EndCounter()
  readonly #accepted = new EndCounter()
  readonly #names: Names
  readonly #listener: Listener | undefined
  readonly #pools = new Map<CallSpec, CachePool>()
  /** Fractions of calls that have added up. */
  readonly #due = new Map<CallSpec, number>()
  #timer: NodeJS.Timeout | undefined
  #busy = 0
  #skipped = 0
  #unresolved = 0

  constructor(private readonly spec: ServiceSpec) {
    this.#names = new Names(spec.nameserver)
    if (spec.serve !== null) this.#listener = new Listener(spec.serve, this.#accepted, () => this.#round())
    for (const call of spec.calls)
      if (call.protocol === 'cache') this.#pools.set(call, new CachePool(this.#made, this.#names, call, spec.instance))
  }

  async start(): Promise<void> {
    await this.#listener?.become('serving')
  }

  async manner(manner: Manner): Promise<void> {
    if (this.#listener === undefined) throw new Error(`${this.spec.instance} serves nobody`)
    await this.#listener.become(manner)
  }

  change(server: string, change: CallChange): void {
    const call = this.spec.calls.find((c) => c.server === server)
    if (call === undefined) throw new Error(`${this.spec.instance} does not call ${server}`)
    Object.assign(call, change)
    if (change.leaks === false) this.#pools.get(call)?.giveBack()
  }

  load(running: boolean): void {
    const { load } = this.spec
    clearInterval(this.#timer)
    if (!running || load === null) return
    this.#timer = setInterval(() => void this.#begin(load.rounds), load.everyMs)
  }

  counts(): ServiceCounts {
    return {
      busy: this.#busy,
      open: this.#made.open + this.#accepted.open,
      made: this.#made.counts(),
      accepted: this.#accepted.counts(),
      skipped: this.#skipped,
      unresolved: this.#unresolved,
    }
  }

  async #begin(rounds: number): Promise<void> {
    if (this.#busy >= MOST_ROUNDS) {
      this.#skipped += rounds
      return
    }
    this.#busy++
    for (let i = 0; i < rounds; i++) await this.#round()
    this.#busy--
  }

  /** @returns whether all calls were answered */
  async #round(): Promise<boolean> {
    this.#busy++
    try {
      const calls = this.spec.calls.flatMap((call) => Array.from({ length: this.#times(call) }, () => this.#call(call)))
      return (await Promise.all(calls)).every(Boolean)
    } finally {
      this.#busy--
    }
  }

  #times(call: CallSpec): number {
    if (!call.on) return 0
    const due = (this.#due.get(call) ?? 0) + call.each
    const times = Math.floor(due + 1e-9)
    this.#due.set(call, due - times)
    return times
  }

  async #call(call: CallSpec): Promise<boolean> {
    const pool = this.#pools.get(call)
    if (pool !== undefined) return pool.ask()
    return httpCall(this.#made, this.#names, call, this.spec.instance).catch(() => {
      this.#unresolved++
      return false
    })
  }
}
