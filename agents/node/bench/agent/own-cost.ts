import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalConsumer } from '@headwater/bus'
import type { Logger } from '@headwater/contracts'
import type { Profile } from '@headwater/native'
import { AgentProcess } from './agent-process.ts'
import { type Ground, say } from './ground.ts'
import type { Sink } from './host.ts'
import { type Spread, spread } from './spread.ts'

export interface OwnCost {
  us_per_record: Spread
  records_per_second: number
  /** Lost for want of room in the ring. */
  lost: number
  /** Percent of a core in sum at that rate. */
  cpu_percent: number
  rss_mb: number
}

/** The compiler has done its work by then. */
const WARM_SECONDS = 12
const SLICES = 6

const silent = () => {}
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => logger }

/**
 * CPU of the agent's whole process by records while a connection storm runs, once its code is warm: into columns, into Arrow
 * batches that go nowhere, and over the local bus to a consumer in another process.
 */
export async function ownCost(ground: Ground, profile: Profile, sink: Sink, seconds: number): Promise<OwnCost> {
  const folder = mkdtempSync(join(tmpdir(), 'hw-bench-bus-'))
  const socketPath = join(folder, 'bus.sock')
  const consumer = createLocalConsumer({ socketPath, logger })
  if (sink === 'bus') await consumer.start(async () => {})
  const load = await ground.pair()
  const agent = await AgentProcess.start({ profile, sink, socketPath }, ground.agentCpus)
  try {
    await load.run('storm', WARM_SECONDS)
    const first = await agent.usage()
    const begin = performance.now()
    const slices: number[] = []
    let last = first
    for (let i = 0; i < SLICES; i++) {
      await load.run('storm', seconds / SLICES)
      const now = await agent.usage()
      slices.push((now.cpu_us - last.cpu_us) / (now.records - last.records))
      last = now
    }
    const elapsed = (performance.now() - begin) / 1000
    const result = {
      us_per_record: spread(slices, 3),
      records_per_second: Math.round((last.records - first.records) / elapsed),
      lost: last.lost - first.lost,
      cpu_percent: Number(((last.cpu_us - first.cpu_us) / elapsed / 1e4).toFixed(1)),
      rss_mb: Math.round((await agent.resident()).rss_kb / 1024),
    }
    say(`${profile}: agent to ${sink}: ${result.us_per_record.median} us per record`)
    return result
  } finally {
    await agent.stop()
    await load.stop()
    if (sink === 'bus') await consumer.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
