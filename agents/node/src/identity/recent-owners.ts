import { RecordFlag } from '@headwater/native'
import { byteAt, type OwnerView, type WordField, wordAt } from '../records/record-view.js'
import type { Owner } from './owners.js'
import { NOBODY } from './process-identity.js'

/** Words of the fields `comm` and `exe` of bpf/flow.h. */
const COMM_WORDS = 4
const EXE_WORDS = 8
/** A power of two: a pid has one place. */
const KEPT = 256

class RecentOwner implements Owner {
  /** Turn that it was named in. */
  turn = 0
  pid = 0
  uid = 0
  comm = ''
  cgroupLo = 0
  cgroupHi = 0
  identity = NOBODY
  source = 0
  uncertain = false
  /** As the record has them: comm, then exe. */
  readonly names = new Uint32Array(COMM_WORDS + EXE_WORDS)
}

/**
 * Owners that records of this turn named, each whole: a record that says the same again needs no look at its names and its process. Only of
 * processes that /proc told of, for those are the same for the rest of the turn.
 */
export class RecentOwners {
  readonly #kept = Array.from({ length: KEPT }, () => new RecentOwner())
  #turn = 0

  /** A turn begins. */
  clear(): void {
    this.#turn++
  }

  /** Whom the record names, if that was one of the last. */
  find(view: OwnerView, i: number, pid: number): Owner | undefined {
    if (pid === 0) return undefined
    const kept = this.#kept[slotOf(pid)]!
    return kept.pid === pid && kept.turn === this.#turn && isNamed(kept, view, i) ? kept : undefined
  }

  /** Takes note of what was made of a record. */
  keep(view: OwnerView, i: number, owner: Owner): void {
    if (!owner.identity.own) return
    const kept = this.#kept[slotOf(owner.pid)]!
    kept.turn = this.#turn
    kept.pid = owner.pid
    kept.uid = owner.uid
    kept.comm = owner.comm
    kept.cgroupLo = owner.cgroupLo
    kept.cgroupHi = owner.cgroupHi
    kept.identity = owner.identity
    kept.source = owner.source
    kept.uncertain = owner.uncertain
    copyWords(kept.names, 0, view.comm, i, COMM_WORDS)
    copyWords(kept.names, COMM_WORDS, view.exe, i, EXE_WORDS)
  }
}

/** Pids that follow each other have places of their own. */
const slotOf = (pid: number): number => (pid ^ (pid >>> 8)) & (KEPT - 1)

function isNamed(kept: RecentOwner, view: OwnerView, i: number): boolean {
  return (
    kept.uid === wordAt(view.uid, i) &&
    kept.cgroupLo === wordAt(view.cgroup.lo, i) &&
    kept.cgroupHi === wordAt(view.cgroup.hi, i) &&
    kept.source === byteAt(view.ownerSource, i) &&
    kept.uncertain === ((byteAt(view.flags, i) & RecordFlag.OwnerUncertain) !== 0) &&
    sameWords(kept.names, 0, view.comm, i, COMM_WORDS) &&
    sameWords(kept.names, COMM_WORDS, view.exe, i, EXE_WORDS)
  )
}

function copyWords(to: Uint32Array, at: number, { words, first, step }: WordField, i: number, length: number): void {
  for (let w = 0; w < length; w++) to[at + w] = words[first + i * step + w]!
}

function sameWords(
  known: Uint32Array,
  at: number,
  { words, first, step }: WordField,
  i: number,
  length: number,
): boolean {
  for (let w = 0; w < length; w++) if (known[at + w] !== words[first + i * step + w]) return false
  return true
}
