import { existsSync, readFileSync } from 'node:fs'

const ID = /(?:^|[^0-9a-f])([0-9a-f]{64})(?![0-9a-f])/g
const MAX_FILE_BYTES = 16 * 1024
/** Field 22 of /proc/PID/stat, counted from the state (field 3) that follows the name's closing parenthesis. */
const STARTTIME_AFTER_NAME = 22 - 3

/** Container id in the text of /proc/PID/cgroup (cgroups(7)): the last segment of 64 hex digits, or ''. */
export function containerIdIn(text: string): string {
  let id = ''
  for (const match of text.slice(0, MAX_FILE_BYTES).matchAll(ID)) id = match[1] ?? ''
  return id
}

/** Start of a process in clock ticks since boot, from the text of its /proc/PID/stat (proc(5)); '' where it is none. */
export const startTimeIn = (stat: string): string =>
  stat.slice(stat.lastIndexOf(')') + 2).split(' ')[STARTTIME_AFTER_NAME] ?? ''

/** Reads `/proc/PID/NAME`; undefined where the process is gone. */
export type ReadProc = (pid: number, name: 'cgroup' | 'stat') => string | undefined

export const readProc: ReadProc = (pid, name) => {
  const path = `/proc/${pid}/${name}`
  // A process that is gone is common, and an exception costs more than this look.
  if (!existsSync(path)) return undefined
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

interface Known {
  startTime: string
  process: string
  cgroupLo: number
  cgroupHi: number
  id: string
  checked: number
}

const MAX_PROCESSES = 8192
const MAX_CGROUPS = 4096
const CHECK_MS = 60_000
/** Processes looked up per turn of the loop, so that a burst of new ones does not hold it up (about 50 us each). */
const LOOKUPS_PER_TURN = 100
/** Inode of the cgroup v2 root: on hybrid hosts every process may sit there. */
const ROOT_CGROUP = 1

/**
 * Container of a process, from /proc/PID/cgroup. An entry holds for one process start: it is checked against /proc/PID/stat
 * each minute, and at once where name or cgroup differ. A process that is gone has the container of its cgroup, where that is known.
 */
export class ContainerIds {
  /** Processes not looked up because a turn had used up its share. */
  skipped = 0
  #processes = new Map<number, Known>()
  #cgroups = new Map<number, string>()
  #left = LOOKUPS_PER_TURN

  constructor(private readonly read: ReadProc = readProc) {}

  /** Begins a turn of the loop: look-ups are counted anew. */
  turn(): void {
    this.#left = LOOKUPS_PER_TURN
  }

  /** @param now Unix ms */
  of(pid: number, process: string, cgroupLo: number, cgroupHi: number, now: number): string {
    if (pid === 0) return ''
    const known = this.#processes.get(pid)
    const same =
      known !== undefined && known.process === process && known.cgroupLo === cgroupLo && known.cgroupHi === cgroupHi
    if (same && now - known.checked < CHECK_MS) return known.id
    const cgroup = cgroupLo + cgroupHi * 2 ** 32
    if (this.#left === 0) {
      this.skipped++
      return same ? known.id : (this.#cgroups.get(cgroup) ?? '')
    }
    this.#left--
    const stat = this.read(pid, 'stat')
    if (stat === undefined) return same ? known.id : (this.#cgroups.get(cgroup) ?? '')
    const startTime = startTimeIn(stat)
    const id = same && known.startTime === startTime ? known.id : containerIdIn(this.read(pid, 'cgroup') ?? '')
    this.#remember(pid, { startTime, process, cgroupLo, cgroupHi, id, checked: now }, cgroup)
    return id
  }

  #remember(pid: number, known: Known, cgroup: number): void {
    this.#processes.delete(pid)
    this.#processes.set(pid, known)
    forgetOldest(this.#processes, MAX_PROCESSES)
    if (cgroup <= ROOT_CGROUP || known.id === '') return
    this.#cgroups.delete(cgroup)
    this.#cgroups.set(cgroup, known.id)
    forgetOldest(this.#cgroups, MAX_CGROUPS)
  }
}

function forgetOldest<K, V>(map: Map<K, V>, max: number): void {
  if (map.size <= max) return
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
