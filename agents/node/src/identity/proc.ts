import { closeSync, existsSync, openSync, readSync } from 'node:fs'

/** Most of a file that is read; an environment may be larger. */
export const MAX_PROC_BYTES = 64 * 1024
/** Field 22 of /proc/PID/stat, counted from the state (field 3) that follows the name's closing parenthesis. */
const STARTTIME_AFTER_NAME = 22 - 3
/** USER_HZ, the unit of times in /proc: 100 on every architecture that the probe runs on. */
const MS_PER_TICK = 10

/** Reads `/proc/PID/NAME`, at most 64 KiB; undefined where the process is gone or the file may not be read. */
export type ReadProc = (pid: number, name: 'cgroup' | 'stat' | 'environ') => string | undefined

const buffer = Buffer.allocUnsafe(MAX_PROC_BYTES)

export const readProc: ReadProc = (pid, name) => {
  const path = `/proc/${pid}/${name}`
  // A process that is gone is common, and an exception costs more than this look.
  if (name === 'stat' && !existsSync(path)) return undefined
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    let length = 0
    for (let read = -1; read !== 0 && length < MAX_PROC_BYTES; length += read)
      read = readSync(file, buffer, length, MAX_PROC_BYTES - length, null)
    return buffer.toString('utf8', 0, length)
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Start of a process in ms since boot, from the text of its /proc/PID/stat (proc(5)); undefined where it is none. */
export function startIn(stat: string | undefined): number | undefined {
  if (stat === undefined) return undefined
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[STARTTIME_AFTER_NAME] ?? ''
  return /^\d+$/.test(ticks) ? Number(ticks) * MS_PER_TICK : undefined
}
