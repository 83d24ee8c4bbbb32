import { RecordFlag } from '@headwater/native'
import { at, type RecordView } from '../records/record-view.js'
import { ConnectionFlag, type Connections } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import type { ContainerIds } from './container-ids.js'
import { ProcessNames } from './process-names.js'

/** The process that owns a socket, as far as it is known. */
export interface Owner {
  pid: number
  cgroupLo: number
  cgroupHi: number
  process: string
  container: string
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
  readonly #owner: Owner = { pid: 0, cgroupLo: 0, cgroupHi: 0, process: '', container: '', source: 0, uncertain: false }

  constructor(private readonly containers: ContainerIds) {}

  /** @param entry the connection's, SCRATCH where it has none @param now Unix ms */
  of(view: RecordView, i: number, connections: Connections, entry: number, now: number): Owner {
    const pid = at(view.pid, i)
    if (entry !== SCRATCH && connections.pid[entry] !== 0 && (pid === 0 || pid === connections.pid[entry]))
      return this.#known(connections, entry)
    const owner = this.#owner
    owner.pid = pid
    owner.cgroupLo = at(view.cgroup.lo, i)
    owner.cgroupHi = at(view.cgroup.hi, i)
    owner.process = this.#names.of(view, i)
    owner.container = this.containers.of(pid, owner.process, owner.cgroupLo, owner.cgroupHi, now)
    owner.source = at(view.ownerSource, i)
    owner.uncertain = (at(view.flags, i) & RecordFlag.OwnerUncertain) !== 0
    return owner
  }

  #known(connections: Connections, entry: number): Owner {
    const owner = this.#owner
    owner.pid = connections.pid[entry]!
    owner.cgroupLo = connections.cgroup[entry * 2]!
    owner.cgroupHi = connections.cgroup[entry * 2 + 1]!
    owner.process = connections.process[entry]!
    owner.container = connections.container[entry]!
    owner.source = connections.ownerSource[entry]!
    owner.uncertain = (connections.flags[entry]! & ConnectionFlag.OwnerUncertain) !== 0
    return owner
  }
}
