import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@headwater/contracts/runtime'
import { processStart } from '../self/process.js'

interface Holder {
  pid: number
  start: string
}

function holderOf(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder> | null
    return typeof holder?.pid === 'number' && typeof holder.start === 'string' ? (holder as Holder) : undefined
  } catch {
    return undefined
  }
}

const holds = (holder: Holder | undefined): holder is Holder =>
  holder !== undefined && processStart(holder.pid) === holder.start

/** Takes the lock file of one that is gone out of the way; false where somebody else was faster. */
function clear(path: string): boolean {
  const aside = `${path}.${process.pid}.old`
  try {
    renameSync(path, aside)
  } catch {
    return false
  }
  if (holds(holderOf(aside))) {
    // Taken anew between the look and the move: it goes back.
    renameSync(aside, path)
    return false
  }
  rmSync(aside, { force: true })
  return true
}

/**
 * One server per data folder. The lock names its holder, so that one that was killed does not hold it on.
 * @returns releases the lock
 * @throws UserError `data-dir-in-use`
 */
export function lockDataDir(dataDir: string): () => void {
  const path = join(dataDir, 'lock')
  const own = `${path}.${process.pid}`
  writeFileSync(own, JSON.stringify({ pid: process.pid, start: processStart(process.pid) ?? '' } satisfies Holder))
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(own, path)
        return () => rmSync(path, { force: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = holderOf(path)
      if (holds(holder) || attempt > 10) {
        throw new UserError(
          'data-dir-in-use',
          `The data folder ${dataDir} is in use by another Headwater (process ${holder?.pid}).`,
          `Stop it (kill ${holder?.pid}), or give this one a folder of its own with --data-dir, and a port with --listen.`,
        )
      }
      clear(path)
    }
  } finally {
    rmSync(own, { force: true })
  }
}
