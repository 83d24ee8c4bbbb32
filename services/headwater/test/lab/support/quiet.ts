import { setTimeout as sleep } from 'node:timers/promises'
import { type EndTruth, endSince, type PairTruth } from '@headwater/lab'
import type { LabDemo } from './lab-demo.js'

/** A walk tells of connections that live on each 5 s: what passed before a quiet moment is in rows whose time is before its end. */
const QUIET_MS = 6_000

/** A moment in which nothing passes on the lab: what was counted until then. */
export interface Quiet {
  /** Unix ms; no row of the traffic before is later, none of the traffic after is earlier. */
  time: number
  /** By process. */
  truth: PairTruth[]
}

/** Drains the lab and waits until its agents have told of everything. The traffic stands still when it resolves. */
export async function quiet(demo: LabDemo): Promise<Quiet> {
  await demo.drain()
  await sleep(QUIET_MS)
  return { time: Date.now(), truth: await demo.truth('instance') }
}

const since = (now: EndTruth | null, before: EndTruth | null): EndTruth | null =>
  now === null || before === null ? now : endSince(now, before)

/** What was counted between two moments. */
export function between(before: Quiet, after: Quiet): PairTruth[] {
  return after.truth.map((pair) => {
    const was = before.truth.find((p) => p.client === pair.client && p.server === pair.server)
    if (was === undefined) return pair
    return {
      ...pair,
      by_client: since(pair.by_client, was.by_client),
      by_server: since(pair.by_server, was.by_server),
    }
  })
}
