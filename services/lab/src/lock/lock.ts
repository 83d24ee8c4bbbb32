import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { UserError } from '@headwater/contracts/runtime'

/** Who runs a lab: process id, and its start in clock ticks since boot, by which it is told from a later process with that id. */
interface Holder {
  pid: number
  start: string
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)); undefined where the process runs no more. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function holderOf(path: string): Holder | undefined {
  try {
    const { pid, start } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>
    return typeof pid === 'number' && typeof start === 'string' && startOf(pid) === start ? { pid, start } : undefined
  } catch {
    return undefined
  }
}

function refuse(path: string, { pid }: Holder): never {
  throw new UserError(
    'lab-running',
    `Another lab runs on this machine (process ${pid}, by ${path}).`,
    `Stop it first:\n\n    kill ${pid}`,
  )
}

/** Tells early that another lab runs. @throws UserError `lab-running` */
export function checkLabLock(path: string): void {
  const holder = holderOf(path)
  if (holder !== undefined) refuse(path, holder)
}

/**
 * One lab on a machine. The file of one that was killed is taken over.
 * @returns releases the lock
 * @throws UserError `lab-running`
 */
export function lockLab(path: string): () => void {
  const own = `${path}.${process.pid}`
  writeFileSync(own, JSON.stringify({ pid: process.pid, start: startOf(process.pid) ?? '' } satisfies Holder))
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        linkSync(own, path)
        return () => rmSync(path, { force: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = holderOf(path)
      if (holder !== undefined) refuse(path, holder)
      // Aside first: between the look and the move another start may have taken it, whose lock then goes back.
      const aside = `${own}.old`
      try {
        renameSync(path, aside)
      } catch {
        continue
      }
      const taken = holderOf(aside)
      if (taken !== undefined) {
        renameSync(aside, path)
        refuse(path, taken)
      }
      rmSync(aside, { force: true })
    }
    throw new UserError('lab-lock', `${path} cannot be locked: others keep taking it.`, 'Try again.')
  } finally {
    rmSync(own, { force: true })
  }
}
