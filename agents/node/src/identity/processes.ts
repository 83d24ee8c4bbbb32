import { BoundedMap } from './bounded-map.js'
import { placeIn } from './cgroup.js'
import { Cgroups } from './cgroups.js'
import type { Containers } from './containers/containers.js'
import { declaredIn } from './otel.js'
import { type ReadProc, readProc, startIn } from './proc.js'
import { ProcessIdentity } from './process-identity.js'

const MAX_PROCESSES = 8192
const CHECK_MS = 60_000
/** Processes looked up per turn of the loop, so that a burst of new ones does not hold it up (about 50 us each). */
const LOOKUPS_PER_TURN = 100
/** Times in /proc are in ticks, and the offset may have been corrected. */
const TOLERANCE_MS = 20

/** A process as a record names it. */
export interface SeenProcess {
  pid: number
  process: string
  cgroupLo: number
  cgroupHi: number
  /** Unix ms of the record. */
  time: number
  /** What to add to ms since boot for Unix ms. */
  offset: number
  /** Ms since boot at which it was the owner: one that started later has taken over the pid. */
  aliveAt: number
}

interface Known {
  /** Ms since boot; undefined where the process was gone. */
  start: number | undefined
  process: string
  cgroupLo: number
  cgroupHi: number
  identity: ProcessIdentity
  /** Unix ms. */
  checked: number
}

/**
 * Processes by pid, each read once from /proc: start, cgroup, environment. What is known holds for one start of one executable in
 * one cgroup: it is read anew each minute, and at once where name or cgroup differ. Of a process that is gone, `Cgroups` tells.
 */
export class Processes {
  /** Processes not looked up because a turn had used up its share: they are at their next record. */
  skipped = 0
  /** Processes that were gone before they could be read. */
  gone = 0
  /** Processes whose environment could not be read: they have no name by OTEL_SERVICE_NAME. */
  environUnread = 0
  readonly #processes = new BoundedMap<number, Known>(MAX_PROCESSES)
  readonly #cgroups: Cgroups
  #left = LOOKUPS_PER_TURN

  constructor(
    private readonly containers: Containers,
    private readonly read: ReadProc = readProc,
  ) {
    this.#cgroups = new Cgroups(containers)
  }

  /** Begins a turn of the loop: look-ups are counted anew. */
  turn(): void {
    this.#left = LOOKUPS_PER_TURN
  }

  of(seen: SeenProcess): ProcessIdentity {
    const { pid, process, cgroupLo, cgroupHi, time } = seen
    const known = pid === 0 ? undefined : this.#processes.get(pid)
    const same =
      known !== undefined && known.process === process && known.cgroupLo === cgroupLo && known.cgroupHi === cgroupHi
    if (same && Math.abs(time - known.checked) < CHECK_MS) return known.identity
    if (pid === 0) return this.#unread(seen)
    if (this.#left === 0) {
      this.skipped++
      return same ? known.identity : this.#unread(seen)
    }
    this.#left--
    return this.#look(seen, same ? known : undefined)
  }

  #unread({ cgroupLo, cgroupHi, process }: SeenProcess): ProcessIdentity {
    return this.#cgroups.unread(cgroupLo + cgroupHi * 2 ** 32, process)
  }

  #look(seen: SeenProcess, known: Known | undefined): ProcessIdentity {
    const { pid, process, offset, aliveAt } = seen
    const start = startIn(this.read(pid, 'stat'))
    const other = start !== undefined && start > aliveAt + TOLERANCE_MS
    const cgroup = start === undefined || other ? undefined : this.read(pid, 'cgroup')
    if (start === undefined || cgroup === undefined) {
      if (known === undefined) this.gone++
      const identity = known?.identity ?? this.#unread(seen)
      return other ? identity : this.#remember(seen, known?.start, identity)
    }
    const kept = known?.start === start ? known.identity : new ProcessIdentity(process, true)
    if (kept !== known?.identity) kept.start = Math.floor(offset + start)
    this.#fill(kept, seen, cgroup)
    return this.#remember(seen, start, kept)
  }

  #remember(seen: SeenProcess, start: number | undefined, identity: ProcessIdentity): ProcessIdentity {
    const { pid, process, cgroupLo, cgroupHi, time } = seen
    this.#processes.set(pid, { start, process, cgroupLo, cgroupHi, identity, checked: time })
    return identity
  }

  #fill(identity: ProcessIdentity, { pid, process, cgroupLo, cgroupHi }: SeenProcess, cgroup: string): void {
    const environ = this.read(pid, 'environ')
    if (environ === undefined) this.environUnread++
    const place = placeIn(cgroup)
    const declared = environ === undefined ? undefined : declaredIn(environ)
    identity.place(place.unit, this.containers.of(place.container))
    if (declared !== undefined) identity.declared = declared
    this.#cgroups.learn(cgroupLo + cgroupHi * 2 ** 32, process, place, declared)
  }
}
