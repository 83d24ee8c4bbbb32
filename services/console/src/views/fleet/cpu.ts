import type { NodeAnswer } from '@headwater/contracts'

/** What an agent used of one CPU, 0.01 being 1 %. `recent`: since the report before; else the mean since its start. */
export interface CpuShare {
  share: number
  recent: boolean
}

export interface CpuSample extends CpuShare {
  cpuSeconds: number
  heard: number
}

/**
 * CPU shares by instance out of what was known before and a new answer. Reports come seldom: between two of them the
 * last share stays, and time is taken from the reports, not from when they were asked for.
 */
export function cpuShares(
  before: ReadonlyMap<string, CpuSample>,
  nodes: readonly NodeAnswer[],
): Map<string, CpuSample> {
  return new Map(
    nodes.map((n): [string, CpuSample] => {
      const known = before.get(n.instance)
      const sample = { cpuSeconds: n.cpu_seconds, heard: n.last_heard }
      const seconds = known === undefined ? 0 : (n.last_heard - known.heard) / 1000
      if (known && seconds <= 0) return [n.instance, known]
      if (known && n.cpu_seconds >= known.cpuSeconds)
        return [n.instance, { ...sample, share: (n.cpu_seconds - known.cpuSeconds) / seconds, recent: true }]
      const lived = (n.last_heard - n.started) / 1000
      return [n.instance, { ...sample, share: lived > 0 ? n.cpu_seconds / lived : 0, recent: false }]
    }),
  )
}
