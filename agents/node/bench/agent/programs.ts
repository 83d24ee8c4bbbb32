import type { KernelObject, Profile } from '@headwater/native'
import { bpfStatistics, type LoadMode } from '@headwater/native/testing'
import { AgentProcess } from './agent-process.ts'
import type { Ground } from './ground.ts'
import { sleep } from './rounds.ts'

export interface ProgramRuns {
  per_operation: number
  ns_per_run: number
  ns_per_operation: number
}

export interface Programs {
  loaded: { name: string; verified_instructions: number; bytes: number }[]
  maps: { name: string; bytes: number }[]
  map_bytes: number
  /** Runs while no load ran, per second: what else this machine did. */
  background: Record<string, number>
  /** By mode, programs that ran. */
  runs: Partial<Record<LoadMode, Record<string, ProgramRuns>>>
}

const SETTLE_MS = 1000

const programsOf = (held: KernelObject[]) => new Map(held.flatMap((o) => (o.type === 'program' ? [[o.name, o]] : [])))

/** The second witness: the kernel's own count of runs and nanoseconds, by program. In rounds of their own, since counting costs too. */
export async function programRuns(
  ground: Ground,
  profile: Profile,
  modes: readonly LoadMode[],
  seconds: number,
): Promise<Programs> {
  const load = await ground.pair()
  const end = await bpfStatistics()
  const agent = await AgentProcess.start({ profile, sink: 'arrow' }, ground.agentCpus)
  try {
    await sleep(SETTLE_MS)
    const round = async (work: () => Promise<unknown>) => {
      const before = programsOf(await agent.inventory())
      await work()
      return [...programsOf(await agent.inventory())].map(([name, now]) => {
        const then = before.get(name)
        return { name, runs: now.runs - (then?.runs ?? 0), ns: now.runNs - (then?.runNs ?? 0) }
      })
    }
    const idle = await round(() => sleep(seconds * 1000))
    const background = Object.fromEntries(idle.map(({ name, runs }) => [name, Number((runs / seconds).toFixed(1))]))
    const runs: Programs['runs'] = {}
    for (const mode of modes) {
      let operations = 0
      const ran = await round(async () => {
        operations = (await load.run(mode, seconds)).operations
      })
      const figures = ran.map(({ name, runs, ns }): [string, ProgramRuns] => [
        name,
        {
          per_operation: Number((runs / operations).toFixed(5)),
          ns_per_run: Math.round(ns / Math.max(1, runs)),
          ns_per_operation: Number((ns / operations).toFixed(1)),
        },
      ])
      runs[mode] = Object.fromEntries(figures.filter(([, { per_operation }]) => per_operation > 0))
    }
    const held = await agent.inventory()
    const maps = held
      .filter(({ type }) => type === 'map')
      .map(({ name, memoryBytes }) => ({ name, bytes: memoryBytes }))
    const loaded = [...programsOf(held).values()].map(({ name, verifiedInstructions, memoryBytes }) => ({
      name,
      verified_instructions: verifiedInstructions,
      bytes: memoryBytes,
    }))
    return { loaded, maps, map_bytes: maps.reduce((sum, { bytes }) => sum + bytes, 0), background, runs }
  } finally {
    await agent.stop()
    await end()
    await load.stop()
  }
}
