import { RecordFlag } from '@headwater/native'
import { at, type RecordView, wide } from '../records/record-view.js'
import { ConnectionFlag, type Connections } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import { NOBODY, type ProcessIdentity } from './process-identity.js'
import { ProcessNames } from './process-names.js'
import type { Processes, SeenProcess } from './processes.js'

/** The process that owns a socket, as far as it is known. */
export interface Owner {
  pid: number
  cgroupLo: number
  cgroupHi: number
  identity: ProcessIdentity
  /** An `OwnerSource`. */
  source: number
  uncertain: boolean
}

/**
 * Owners of the sockets of records: from the record, or, where the kernel no longer knew, from what earlier records said of the
 * same connection. The object is the same at each call.
 */
export class Owners {
  readonly #names = new ProcessNames()
  readonly #owner: Owner = { pid: 0, cgroupLo: 0, cgroupHi: 0, identity: NOBODY, source: 0, uncertain: false }
  readonly #seen: SeenProcess = { pid: 0, process: '', cgroupLo: 0, cgroupHi: 0, time: 0, bootMs: 0 }

  constructor(private readonly processes: Processes) {}

  /** @param entry the connection's, SCRATCH where it has none @param now Unix ms */
  of(view: RecordView, i: number, connections: Connections, entry: number, now: number): Owner {
    const pid = at(view.pid, i)
    if (entry !== SCRATCH && connections.pid[entry] !== 0 && (pid === 0 || pid === connections.pid[entry]))
      return this.#known(view, i, connections, entry, now)
    const owner = this.#owner
    owner.pid = pid
    owner.cgroupLo = at(view.cgroup.lo, i)
    owner.cgroupHi = at(view.cgroup.hi, i)
    owner.identity = this.#identity(view, i, owner, this.#names.of(view, i), now)
    owner.source = at(view.ownerSource, i)
    owner.uncertain = (at(view.flags, i) & RecordFlag.OwnerUncertain) !== 0
    return owner
  }

  #known(view: RecordView, i: number, connections: Connections, entry: number, now: number): Owner {
    const owner = this.#owner
    owner.pid = connections.pid[entry]!
    owner.cgroupLo = connections.cgroup[entry * 2]!
    owner.cgroupHi = connections.cgroup[entry * 2 + 1]!
    owner.identity = connections.identity[entry]!
    // Not looked up when it came in a burst, or gone: it costs a look into the cache to know.
    if (!owner.identity.own) owner.identity = this.#identity(view, i, owner, owner.identity.process, now)
    owner.source = connections.ownerSource[entry]!
    owner.uncertain = (connections.flags[entry]! & ConnectionFlag.OwnerUncertain) !== 0
    return owner
  }

  #identity(view: RecordView, i: number, owner: Owner, process: string, now: number): ProcessIdentity {
    const seen = this.#seen
    seen.pid = owner.pid
    seen.process = process
    seen.cgroupLo = owner.cgroupLo
    seen.cgroupHi = owner.cgroupHi
    seen.time = now
    seen.bootMs = wide(view.timeNs, i) / 1e6
    return this.processes.of(seen)
  }
}
