import type { Profile } from '@headwater/native'
import { AgentProcess } from './agent-process.ts'
import { type Ground, say } from './ground.ts'
import { sleep } from './rounds.ts'

/** Resident, and of it what is the process's own, mapped from files, and its share where files are mapped by others, too. */
interface Resident {
  rss_mb: number
  anonymous_mb: number
  file_mb: number
  pss_mb: number
}

export interface Memory {
  idle: Resident
  /** With both ends of `sockets / 2` connections open on this machine. */
  open: (Resident & { sockets: number; known: number; known_seconds: number }) | { skipped: string }
}

const IDLE_MS = 12_000
/** Until all are known, at most; and then two walks more. */
const KNOWN_MS = 60_000
const OPEN_MS = 12_000
const LOOK_MS = 1000

/** The agent's resident memory: idle, and with so many sockets open. The greatest that is seen counts. */
export async function memory(ground: Ground, profile: Profile, sockets: number): Promise<Memory> {
  const agent = await AgentProcess.start({ profile, sink: 'arrow' }, ground.agentCpus)
  const megabytes = (kilobytes: number) => Math.round(kilobytes / 1024)
  const peak = async (ms: number) => {
    let [rss, anonymous, file, pss, known] = [0, 0, 0, 0, 0]
    for (let waited = 0; waited < ms; waited += LOOK_MS) {
      await sleep(LOOK_MS)
      const now = await agent.resident()
      rss = Math.max(rss, now.rss_kb)
      anonymous = Math.max(anonymous, now.anonymous_kb)
      file = Math.max(file, now.file_kb)
      pss = Math.max(pss, now.pss_kb)
      known = Math.max(known, (await agent.usage()).connections)
    }
    return {
      known,
      rss_mb: megabytes(rss),
      anonymous_mb: megabytes(anonymous),
      file_mb: megabytes(file),
      pss_mb: megabytes(pss),
    }
  }
  const untilKnown = async () => {
    const begin = performance.now()
    while (performance.now() - begin < KNOWN_MS && (await agent.usage()).connections < sockets) await sleep(LOOK_MS)
    return Math.round((performance.now() - begin) / 1000)
  }
  try {
    const { known: _, ...idle } = await peak(IDLE_MS)
    say(`${profile}: agent idle: ${idle.rss_mb} MB`)
    try {
      const loads = await ground.hold(sockets / 2)
      try {
        const known_seconds = await untilKnown()
        const open = { sockets, known_seconds, ...(await peak(OPEN_MS)) }
        say(`${profile}: agent with ${open.known} sockets open: ${open.rss_mb} MB`)
        return { idle, open }
      } finally {
        await Promise.all(loads.map((load) => load.stop()))
      }
    } catch (cause) {
      return { idle, open: { skipped: `${sockets} sockets cannot be opened here: ${(cause as Error).message}` } }
    }
  } finally {
    await agent.stop()
  }
}
