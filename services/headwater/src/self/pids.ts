import { closeSync, constants, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from './process.js'

/** How long a reading of the registry is good for, in ms. */
const FRESH_MS = 1_000

/** Writes a process into the registry: a file by its id that holds when it began. Where that cannot be, nothing happens. */
export function registerPid(folder: string, pid: number): void {
  const start = processStart(pid)
  if (start === undefined) return
  const path = join(folder, String(pid))
  try {
    rmSync(path, { force: true })
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644)
    writeSync(file, start)
    closeSync(file)
  } catch {}
}

export function unregisterPid(folder: string, pid: number): void {
  try {
    rmSync(join(folder, String(pid)), { force: true })
  } catch {}
}

function read(folder: string): ReadonlySet<number> {
  const pids = new Set([process.pid])
  let names: string[] = []
  try {
    names = readdirSync(folder)
  } catch {}
  for (const name of names) {
    if (!/^\d{1,10}$/.test(name)) continue
    try {
      if (readFileSync(join(folder, name), 'latin1') === processStart(Number(name))) pids.add(Number(name))
    } catch {}
  }
  return pids
}

/** Headwater's own processes on this machine, of which the agent marks the connections `self`. */
export function createSelfPids(folder: string): () => ReadonlySet<number> {
  let pids: ReadonlySet<number> = new Set([process.pid])
  let readAt = Number.NEGATIVE_INFINITY
  let changed = -1
  return () => {
    const now = performance.now()
    if (now - readAt < FRESH_MS) return pids
    const mtime = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0
    // Processes that end leave their files: read anew now and then although no file changed.
    if (mtime !== changed || now - readAt > 60 * FRESH_MS) {
      pids = read(folder)
      changed = mtime
    }
    readAt = now
    return pids
  }
}

/** Removes the files of processes that are gone. */
export function sweepPids(folder: string): void {
  const alive = read(folder)
  for (const name of readdirSync(folder)) if (!alive.has(Number(name))) rmSync(join(folder, name), { force: true })
}
