import { readdirSync, readFileSync } from 'node:fs'

/** CPU ms by thread. */
export interface Cpu {
  /** Main thread of the page's renderer. */
  main: number
  /** Its workers: the layout. */
  worker: number
  /** Its other threads: compositor and raster. */
  raster: number
  /** The process that puts the frames together, in software too. */
  gpu: number
}

interface Thread {
  pid: number
  tid: number
  name: string
  ns: number
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The thread has ended.
    return ''
  }
}

/** All threads of processes with what they used so far, as the kernel counts it. */
export const threadsOf = (pids: readonly number[]): Thread[] =>
  pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((tid) => ({
      pid,
      tid: Number(tid),
      name: read(`/proc/${pid}/task/${tid}/comm`).trim(),
      ns: Number(read(`/proc/${pid}/task/${tid}/schedstat`).split(' ')[0]),
    })),
  )

export function cpuBetween(before: Thread[], after: Thread[], renderer: number, gpu: number): Cpu {
  const was = new Map(before.map((t) => [t.tid, t.ns]))
  const sum = (of: (t: Thread) => boolean): number =>
    after.filter(of).reduce((ms, t) => ms + (t.ns - (was.get(t.tid) ?? 0)) / 1e6, 0)
  const own = (t: Thread): boolean => t.pid === renderer && t.tid !== renderer
  return {
    main: sum((t) => t.tid === renderer),
    worker: sum((t) => own(t) && t.name.startsWith('DedicatedWorker')),
    raster: sum((t) => own(t) && !t.name.startsWith('DedicatedWorker')),
    gpu: sum((t) => t.pid === gpu),
  }
}
