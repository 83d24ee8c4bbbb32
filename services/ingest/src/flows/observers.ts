import type { BatchMeta } from '@headwater/contracts'
import type { Address } from '../identity/addresses.js'
import type { End } from '../identity/connections.js'
import type { Holder, Owner } from '../identity/endpoint-table.js'
import type { Remote } from './remote.js'

/** Ends that are remembered of all observers together, own and others: beyond, all are forgotten. */
const MOST_ENDS = 100_000

/** An end that told of itself, as it is seen from one network namespace at one address. */
export interface Told {
  address: Address
  netns: number
  remote: Remote
}

/** An end on another node that was found by its address: who holds that, and who is there. */
export interface Seen {
  at: Holder
  address: Address
  remote: Remote
}

/**
 * What is made of the rows of one agent's batches again and again: its own ends, and how others look from where it is. Nothing here is known of who is
 * who: that may change, and is looked up; these are the words for it.
 */
export class Observer {
  readonly ends = new Map<string, End>()
  readonly told = new Map<End, Told>()
  readonly seen = new Map<Owner, Seen>()
  /** Of addresses that nobody is known to hold. */
  readonly nameless = new Map<Address, Remote>()

  constructor(
    readonly meta: BatchMeta,
    private readonly observers: Observers,
  ) {}

  /** One more is remembered. */
  grew(): void {
    this.observers.grew()
  }

  /** The end of this name, the same object each time. */
  end(key: string, make: () => End): End {
    let end = this.ends.get(key)
    if (end === undefined) {
      end = make()
      this.ends.set(key, end)
      this.grew()
    }
    return end
  }
}

/** The observers by instance of their agent. */
export class Observers {
  readonly #all = new Map<string, Observer>()
  #size = 0

  constructor(private readonly most = MOST_ENDS) {}

  of(meta: BatchMeta): Observer {
    const known = this.#all.get(meta.instance)
    if (known !== undefined && isSamePlace(known.meta, meta)) return known
    const observer = new Observer(meta, this)
    this.grew()
    this.#all.set(meta.instance, observer)
    return observer
  }

  /** Whoever is at work with an observer goes on with it. */
  grew(): void {
    if (++this.#size < this.most) return
    this.#all.clear()
    this.#size = 0
  }
}

const isSamePlace = (a: BatchMeta, b: BatchMeta): boolean =>
  a.realm === b.realm && a.cluster === b.cluster && a.node === b.node && a.zone === b.zone && a.region === b.region
