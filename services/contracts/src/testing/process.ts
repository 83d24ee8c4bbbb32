import { readFileSync } from 'node:fs'

/** Of Linux for programs, whatever the kernel's own: sysconf(_SC_CLK_TCK). */
const TICKS_PER_SECOND = 100

/** Fields of /proc/PID/stat from the third on: a name before them may hold spaces and brackets (proc_pid_stat(5)). */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** CPU seconds that a process has used, all its threads, user and system, in steps of 10 ms. @throws Error where it runs no more */
export function cpuSeconds(pid: number): number {
  const fields = statFields(pid)
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Who started it. @throws Error where it runs no more */
export const parentOf = (pid: number): number => Number(statFields(pid)[1])

/**
 * Memory of a process in KiB: resident now (`VmRSS`), at the highest (`VmHWM`), or with pages that others share divided among them (`Pss`).
 * @throws Error where it runs no more
 */
export function memoryKib(pid: number, figure: 'VmRSS' | 'VmHWM' | 'Pss'): number {
  const file = `/proc/${pid}/${figure === 'Pss' ? 'smaps_rollup' : 'status'}`
  const kib = new RegExp(`^${figure}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'latin1'))?.[1]
  if (kib === undefined) throw new Error(`${file} has no ${figure}`)
  return Number(kib)
}
