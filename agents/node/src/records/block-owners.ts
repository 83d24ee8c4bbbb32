import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Owner } from '../identity/owners.js'
import type { ProcessIdentity } from '../identity/process-identity.js'
import { BLOCK_ROWS, type FlowBlock } from './flow-block.js'
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

/** The different owners of a block's rows, each with its texts looked up once. */
export class BlockOwners {
  length = 0
  readonly #identity: ProcessIdentity[] = []
  readonly #comm: string[] = []
  readonly #source = new Uint8Array(BLOCK_ROWS)
  /** By column, then by owner: where the text stands in the column's dictionary. */
  readonly #texts = NAMES.map(() => new Int32Array(BLOCK_ROWS))
  readonly #start = new Float64Array(BLOCK_ROWS)
  readonly #pid = new Uint32Array(BLOCK_ROWS)
  readonly #uid = new Uint32Array(BLOCK_ROWS)
  readonly #uncertain = new Uint8Array(BLOCK_ROWS)
  readonly #cgroupLo = new Uint32Array(BLOCK_ROWS)
  readonly #cgroupHi = new Uint32Array(BLOCK_ROWS)

  constructor(private readonly buffer: FlowBuffer) {}

  clear(): void {
    this.length = 0
  }

  /** The owner's number within the block. Most are one of the last two: both ends of a connection of this node. */
  numberOf(owner: Owner): number {
    const { length } = this
    for (let n = length - 1; n >= 0 && n >= length - 2; n--) if (this.#is(n, owner)) return n
    return this.#add(owner)
  }

  write(block: FlowBlock): void {
    const { scalars, strings, words } = this.buffer
    const { length, firstRow, owner } = block
    for (let r = 0; r < length; r++) {
      const row = firstRow + r
      const n = owner[r]!
      scalars.pid[row] = this.#pid[n]!
      scalars.uid[row] = this.#uid[n]!
      scalars.owner_uncertain[row] = this.#uncertain[n]!
      words.cgroup_id[row * 2] = this.#cgroupLo[n]!
      words.cgroup_id[row * 2 + 1] = this.#cgroupHi[n]!
      words.process_start[row * 2] = this.#start[n]!
      words.process_start[row * 2 + 1] = this.#start[n]! / 2 ** 32
    }
    for (let t = 0; t < NAMES.length; t++) chosen(block, strings[NAMES[t]!].indices, this.#texts[t]!)
  }

  #is(n: number, owner: Owner): boolean {
    return (
      this.#pid[n] === owner.pid &&
      this.#identity[n] === owner.identity &&
      this.#uid[n] === owner.uid &&
      this.#comm[n] === owner.comm &&
      this.#source[n] === owner.source &&
      this.#uncertain[n] === (owner.uncertain ? 1 : 0) &&
      this.#cgroupLo[n] === owner.cgroupLo &&
      this.#cgroupHi[n] === owner.cgroupHi
    )
  }

  #add(owner: Owner): number {
    const n = this.length++
    const { strings } = this.buffer
    this.#identity[n] = owner.identity
    this.#comm[n] = owner.comm
    this.#source[n] = owner.source
    NAMES.forEach((name, t) => {
      this.#texts[t]![n] = strings[name].indexOf(TEXTS[name](owner))
    })
    this.#start[n] = owner.identity.start
    this.#pid[n] = owner.pid
    this.#uid[n] = owner.uid
    this.#uncertain[n] = owner.uncertain ? 1 : 0
    this.#cgroupLo[n] = owner.cgroupLo
    this.#cgroupHi[n] = owner.cgroupHi
    return n
  }
}

function chosen({ length, firstRow, owner }: FlowBlock, to: Int32Array, texts: Int32Array): void {
  for (let r = 0; r < length; r++) to[firstRow + r] = texts[owner[r]!]!
}
