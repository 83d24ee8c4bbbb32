import { readFileSync } from 'node:fs'

/**
 * When a process began, in clock ticks since boot: field 22 of /proc/PID/stat (proc_pid_stat(5)). Tells a process from a
 * later one that got its id. undefined where there is no such process, '' where there is no /proc.
 */
export function processStart(pid: number): string | undefined {
  if (process.platform !== 'linux') return isAlive(pid) ? '' : undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in parentheses, may hold anything; the fields after it are plain.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie runs no more.
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
