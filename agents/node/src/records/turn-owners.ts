import type { ColumnStep } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Owner } from '../identity/owners.js'
import type { ProcessIdentity } from '../identity/process-identity.js'
import { setWide } from './record-view.js'
import { ownerSourceNames } from './side.js'

/** The columns of text that tell of an owner. */
const TEXTS = {
  process: ({ identity }) => identity.process,
  comm: ({ comm }) => comm,
  container_id: ({ identity }) => identity.container.id,
  container_name: ({ identity }) => identity.container.name,
  container_image: ({ identity }) => identity.container.image,
  unit: ({ identity }) => identity.unit,
  local_namespace: ({ identity }) => identity.namespace,
  local_service: ({ identity }) => identity.service,
  service_source: ({ identity }) => identity.serviceSource,
  owner_source: ({ source }) => ownerSourceNames[source] ?? '',
} as const satisfies Record<string, (owner: Owner) => string>
type TextName = keyof typeof TEXTS
const NAMES = Object.keys(TEXTS) as TextName[]

/** Owners of a turn at most. */
export const MOST_OWNERS = 1024
/** That a pid may be looked for at; a power of two. */
const PLACES = 1024

/** The different owners of rows of one turn of the loop and one batch, each with its texts looked up once: they may be others in the next. */
export class TurnOwners {
  #length = 0
  /** Of the batch that the texts stand in. */
  #cleared = -1
  /** By pid: who was last found there. */
  readonly #places = new Uint16Array(PLACES)
  readonly #identity: ProcessIdentity[] = []
  readonly #comm: string[] = []
  readonly #source = new Uint8Array(MOST_OWNERS)
  /** By column, then by owner: where the text stands in the column's dictionary. */
  readonly #texts = NAMES.map(() => new Int32Array(MOST_OWNERS))
  /** Two words an owner, as `#cgroup`. */
  readonly #start = new Uint32Array(MOST_OWNERS * 2)
  readonly #pid = new Uint32Array(MOST_OWNERS)
  readonly #uid = new Uint32Array(MOST_OWNERS)
  readonly #uncertain = new Uint8Array(MOST_OWNERS)
  readonly #cgroup = new Uint32Array(MOST_OWNERS * 2)

  constructor(private readonly buffer: FlowBuffer) {}

  /** There is no room for another owner: `clear` is called, while no block waits. */
  get full(): boolean {
    return this.#length === MOST_OWNERS
  }

  clear(): void {
    this.#length = 0
  }

  /** The owner's number among the turn's, until `clear`; there is to be room for one more. */
  numberOf(owner: Owner): number {
    if (this.#cleared !== this.buffer.cleared) {
      this.#cleared = this.buffer.cleared
      this.#length = 0
    }
    const place = owner.pid & (PLACES - 1)
    let n = this.#places[place]!
    if (n < this.#length && this.#is(n, owner)) return n
    n = this.#add(owner)
    this.#places[place] = n
    return n
  }

  /** The columns of owners, by their numbers. */
  steps(): ColumnStep[] {
    const { scalars, strings, words } = this.buffer
    return [
      { rule: 'pick', width: 4, from: this.#pid, to: scalars.pid },
      { rule: 'pick', width: 4, from: this.#uid, to: scalars.uid },
      { rule: 'pick', width: 1, from: this.#uncertain, to: scalars.owner_uncertain },
      { rule: 'pick', width: 8, from: this.#cgroup, to: words.cgroup_id },
      { rule: 'pick', width: 8, from: this.#start, to: words.process_start },
      ...NAMES.map((name, t): ColumnStep => {
        return { rule: 'pick', width: 4, from: this.#texts[t]!, to: strings[name].indices }
      }),
    ]
  }

  #is(n: number, owner: Owner): boolean {
    return (
      this.#pid[n] === owner.pid &&
      this.#identity[n] === owner.identity &&
      this.#uid[n] === owner.uid &&
      this.#comm[n] === owner.comm &&
      this.#source[n] === owner.source &&
      this.#uncertain[n] === (owner.uncertain ? 1 : 0) &&
      this.#cgroup[n * 2] === owner.cgroupLo &&
      this.#cgroup[n * 2 + 1] === owner.cgroupHi
    )
  }

  #add(owner: Owner): number {
    const n = this.#length
    const { strings } = this.buffer
    this.#identity[n] = owner.identity
    this.#comm[n] = owner.comm
    this.#source[n] = owner.source
    NAMES.forEach((name, t) => {
      this.#texts[t]![n] = strings[name].indexOf(TEXTS[name](owner))
    })
    setWide(this.#start, n, owner.identity.start)
    this.#pid[n] = owner.pid
    this.#uid[n] = owner.uid
    this.#uncertain[n] = owner.uncertain ? 1 : 0
    this.#cgroup[n * 2] = owner.cgroupLo
    this.#cgroup[n * 2 + 1] = owner.cgroupHi
    return this.#length++
  }
}
