import { OwnerSource, RecordFlag, RecordKind } from '@headwater/native'
import { byteAt, type OwnerView, wide, wordAt } from '../records/record-view.js'
import { ConnectionFlag, type Connections } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import { NOBODY, type ProcessIdentity } from './process-identity.js'
import { ProcessNames } from './process-names.js'
import type { Processes, SeenProcess } from './processes.js'
import { RecentOwners } from './recent-owners.js'

const NS_PER_MS = 1e6

/** A connection's owner is known since it began, where the kernel took note of it then. */
function ownsFromStart(view: OwnerView, i: number, source: number): boolean {
  const kind = byteAt(view.kind, i)
  if (kind !== RecordKind.Close && kind !== RecordKind.Walk) return false
  return (source === OwnerSource.Connect || source === OwnerSource.Listener) && wide(view.startNs, i) > 0
}

/** The process that owns a socket, as far as it is known. */
export interface Owner {
  pid: number
  uid: number
  /** Command name. */
  comm: string
  cgroupLo: number
  cgroupHi: number
  identity: ProcessIdentity
  /** An `OwnerSource`. */
  source: number
  uncertain: boolean
}

/** Keeps whom a socket is known to be of; that it is uncertain is among the flags. */
export function keepOwner(c: Connections, entry: number, owner: Owner): void {
  c.pid[entry] = owner.pid
  c.uid[entry] = owner.uid
  c.comm[entry] = owner.comm
  c.cgroup[entry * 2] = owner.cgroupLo
  c.cgroup[entry * 2 + 1] = owner.cgroupHi
  c.identity[entry] = owner.identity
  c.ownerSource[entry] = owner.source
}

/**
 * Owners of the sockets of records: from the record, or, where the kernel no longer knew, from what earlier records said of the
 * same connection. What is given holds until the next call.
 */
export class Owners {
  readonly #names = new ProcessNames()
  readonly #recent = new RecentOwners()
  readonly #owner: Owner = {
    pid: 0,
    uid: 0,
    comm: '',
    cgroupLo: 0,
    cgroupHi: 0,
    identity: NOBODY,
    source: 0,
    uncertain: false,
  }
  readonly #seen: SeenProcess = { pid: 0, process: '', cgroupLo: 0, cgroupHi: 0, time: 0, offset: 0, aliveAt: 0 }

  constructor(private readonly processes: Processes) {}

  /** Begins a turn of the loop. */
  turn(): void {
    this.processes.turn()
    this.#recent.clear()
  }

  /** @param entry the connection's, SCRATCH where it has none @param now Unix ms */
  of(view: OwnerView, i: number, connections: Connections, entry: number, now: number): Owner {
    const pid = wordAt(view.pid, i)
    if (this.#holds(view, i, pid, connections, entry)) return this.#known(view, i, connections, entry, now)
    const recent = this.#recent.find(view, i, pid)
    if (recent !== undefined) return recent
    const owner = this.#owner
    owner.pid = pid
    owner.uid = wordAt(view.uid, i)
    owner.comm = this.#names.comm(view, i)
    owner.cgroupLo = wordAt(view.cgroup.lo, i)
    owner.cgroupHi = wordAt(view.cgroup.hi, i)
    owner.source = byteAt(view.ownerSource, i)
    const bootMs = wide(view.timeNs, i) / NS_PER_MS
    const aliveAt = ownsFromStart(view, i, owner.source) ? wide(view.startNs, i) / NS_PER_MS : bootMs
    owner.identity = this.#identity(owner, this.#names.of(view, i), now, now - bootMs, aliveAt)
    owner.uncertain = (byteAt(view.flags, i) & RecordFlag.OwnerUncertain) !== 0
    this.#recent.keep(view, i, owner)
    return owner
  }

  /** What is known of a connection's owner holds: the record does not know better. A walk or the first IO may correct it. */
  #holds(view: OwnerView, i: number, pid: number, connections: Connections, entry: number): boolean {
    if (entry === SCRATCH || connections.pid[entry] === 0) return false
    if (pid === 0) return true
    const uncertain = (connections.flags[entry]! & ConnectionFlag.OwnerUncertain) !== 0
    return (
      pid === connections.pid[entry] &&
      byteAt(view.ownerSource, i) === connections.ownerSource[entry] &&
      uncertain === ((byteAt(view.flags, i) & RecordFlag.OwnerUncertain) !== 0)
    )
  }

  #known(view: OwnerView, i: number, connections: Connections, entry: number, now: number): Owner {
    const owner = this.#owner
    owner.pid = connections.pid[entry]!
    owner.uid = connections.uid[entry]!
    owner.comm = connections.comm[entry]!
    owner.cgroupLo = connections.cgroup[entry * 2]!
    owner.cgroupHi = connections.cgroup[entry * 2 + 1]!
    owner.identity = connections.identity[entry]!
    // Not looked up when it came in a burst, or gone: it costs a look into the cache to know.
    if (!owner.identity.own) {
      const offset = now - wide(view.timeNs, i) / NS_PER_MS
      const aliveAt = connections.start[entry]! - offset
      owner.identity = this.#identity(owner, owner.identity.process, now, offset, aliveAt)
    }
    owner.source = connections.ownerSource[entry]!
    owner.uncertain = (connections.flags[entry]! & ConnectionFlag.OwnerUncertain) !== 0
    return owner
  }

  #identity(owner: Owner, process: string, now: number, offset: number, aliveAt: number): ProcessIdentity {
    const seen = this.#seen
    seen.pid = owner.pid
    seen.process = process
    seen.cgroupLo = owner.cgroupLo
    seen.cgroupHi = owner.cgroupHi
    seen.time = now
    seen.offset = offset
    seen.aliveAt = aliveAt
    return this.processes.of(seen)
  }
}
