import type { Profile } from '@headwater/native'
import type { Load, LoadMode, LoadRound } from '@headwater/native/testing'
import { AgentProcess } from './agent-process.ts'
import { type Ground, say } from './ground.ts'
import { median, type Spread, spread } from './spread.ts'

export const MODES = ['storm', 'rr', 'stream', 'udp'] as const

/** After an agent's start and before its rounds: its start-up work is not theirs. */
const SETTLE_MS = 700

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** What an operation costs the load: microseconds of CPU of both ends' processes. */
export const cost = (round: LoadRound) => (round.client_cpu_us + round.server_cpu_us) / round.operations

export interface Ratio {
  /** CPU per operation with the agent by that without, for the load's own processes: the kernel's part. */
  ratio: Spread
  off_us: number
  on_us: number
  /** CPU of the agent's process per operation of the load, start-up left out, its code not yet warm. */
  agent_us: number
}

interface Side {
  us: number
  agentUs: number
}

/**
 * Blocks of rounds off, on, on, off: each `on` is paired with the `off` beside it, so that a drift of the machine falls out.
 */
export async function pairedRounds(
  ground: Ground,
  profile: Profile,
  modes: readonly LoadMode[],
  flags: { rounds: number; seconds: number },
): Promise<Partial<Record<LoadMode, Ratio>>> {
  const taken = new Map<LoadMode, { on: Side; off: Side }[]>(modes.map((mode) => [mode, []]))
  const load = await ground.pair()
  try {
    // Caches, route entries, the processes' own pages.
    for (const mode of modes) await load.run(mode, flags.seconds / 2)
    for (let block = 0; block < flags.rounds; block++) {
      const first = await without(load, modes, flags.seconds)
      const [second, third] = await withAgent(ground, load, profile, modes, flags.seconds)
      const fourth = await without(load, modes, flags.seconds)
      for (const [i, mode] of modes.entries()) {
        taken.get(mode)?.push({ off: first[i]!, on: second[i]! }, { off: fourth[i]!, on: third[i]! })
      }
      const soFar = modes.map((m) => `${m} ${median(taken.get(m)!.map(({ on, off }) => on.us / off.us)).toFixed(3)}`)
      say(`${profile}: block ${block + 1}/${flags.rounds}: ${soFar.join(', ')}`)
    }
  } finally {
    await load.stop()
  }
  const result: Partial<Record<LoadMode, Ratio>> = {}
  for (const [mode, pairs] of taken) {
    const of = (pick: (pair: { on: Side; off: Side }) => number) => Number(median(pairs.map(pick)).toFixed(3))
    result[mode] = {
      ratio: spread(pairs.map(({ on, off }) => on.us / off.us)),
      off_us: of(({ off }) => off.us),
      on_us: of(({ on }) => on.us),
      agent_us: of(({ on }) => on.agentUs),
    }
  }
  return result
}

async function without(load: Load, modes: readonly LoadMode[], seconds: number): Promise<Side[]> {
  const sides: Side[] = []
  for (const mode of modes) sides.push({ us: cost(await load.run(mode, seconds)), agentUs: 0 })
  return sides
}

async function withAgent(
  ground: Ground,
  load: Load,
  profile: Profile,
  modes: readonly LoadMode[],
  seconds: number,
): Promise<[Side[], Side[]]> {
  const agent = await AgentProcess.start({ profile, sink: 'arrow' }, ground.agentCpus)
  try {
    await sleep(SETTLE_MS)
    const round = async () => {
      const sides: Side[] = []
      for (const mode of modes) {
        const before = await agent.usage()
        const done = await load.run(mode, seconds)
        sides.push({ us: cost(done), agentUs: ((await agent.usage()).cpu_us - before.cpu_us) / done.operations })
      }
      return sides
    }
    return [await round(), await round()]
  } finally {
    await agent.stop()
  }
}
