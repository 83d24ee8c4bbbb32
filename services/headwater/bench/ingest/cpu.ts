import { readFileSync } from 'node:fs'

/** Of Linux for programs, whatever the kernel's own: sysconf(_SC_CLK_TCK). */
const TICKS_PER_SECOND = 100

/** CPU seconds that a process has used, all its threads, user and system. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** A figure of /proc/PID/status in MB: VmRSS now, VmHWM at the highest. */
export function memoryMb(pid: number, figure: 'VmRSS' | 'VmHWM'): number {
  const kb = new RegExp(`^${figure}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kb) / 1000)
}
