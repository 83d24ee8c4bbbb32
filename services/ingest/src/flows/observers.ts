import type { BatchMeta } from '@headwater/contracts'
import type { Address } from '../identity/addresses.js'
import type { End } from '../identity/connections.js'
import type { Holder, Owner } from '../identity/endpoint-table.js'
import { Found, type Question } from './found.js'
import type { Remote } from './remote.js'

/** Ends that are remembered of all observers together, own and others: beyond, all are forgotten. */
const MOST_ENDS = 200_000
/** Questions about one address that are remembered, of one observer: a scan asks for each port. */
const MOST_QUESTIONS = 64

/** An end that told of itself, as it is seen at one address from its own network stack or from another. */
export interface Told {
  address: Address
  sameStack: boolean
  remote: Remote
}

/** An end on another node that was found by its address: who holds that, and who is there. */
export interface Seen {
  at: Holder
  address: Address
  remote: Remote
}

/**
 * What is made of the rows of one agent's batches again and again: its own ends, and how others look from where it is. Who is who may change: what is
 * remembered of that is used only while nothing more is known.
 */
export class Observer {
  readonly ends = new Map<string, End>()
  readonly told = new Map<End, Told>()
  readonly seen = new Map<Owner, Seen>()
  /** Of addresses that nobody is known to hold. */
  readonly nameless = new Map<Address, Remote>()
  readonly #found = new Map<Address, Found[]>()

  constructor(
    readonly meta: BatchMeta,
    private readonly observers: Observers,
  ) {}

  /** One more is remembered. */
  grew(): void {
    this.observers.grew()
  }

  /** What was found at an address. */
  foundAt(address: Address): Found[] {
    let found = this.#found.get(address)
    if (found === undefined) {
      found = []
      this.#found.set(address, found)
      this.grew()
    }
    return found
  }

  /** One more, whose answer is to be found. @param all at its address */
  find(all: Found[], question: Question): Found {
    if (all.length === MOST_QUESTIONS) all.length = 0
    const found = new Found(question)
    all.push(found)
    this.grew()
    return found
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
