import { setTimeout as sleep } from 'node:timers/promises'
import { type EndTruth, endSince, type NameTruth, type PairTruth } from '@headwater/lab'
import type { AskedLab } from './lab-process.js'

/** A walk tells of connections that live on each 5 s: what passed before a quiet moment is in rows whose time is before its end. */
const QUIET_MS = 6_000

/** A moment in which nothing passes on the lab: what was counted until then. */
export interface Quiet {
  /** Unix ms; no row of the traffic before is later, none of the traffic after is earlier. */
  time: number
  /** By process. */
  truth: PairTruth[]
  /** Questions that the name server answered. */
  names: NameTruth[]
}

/** Drains the lab and waits until its agents have told of everything. The traffic stands still when it resolves. */
export async function quiet(lab: Pick<AskedLab, 'drain' | 'truth' | 'names'>): Promise<Quiet> {
  await lab.drain()
  await sleep(QUIET_MS)
  return { time: Date.now(), truth: await lab.truth('instance'), names: await lab.names() }
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

/** Questions that were answered between two moments. */
export const answeredBetween = (before: Quiet, after: Quiet): NameTruth[] =>
  after.names
    .map((now) => {
      const same = (n: NameTruth) => (['client', 'name', 'type', 'rcode'] as const).every((key) => n[key] === now[key])
      return { ...now, questions: now.questions - (before.names.find(same)?.questions ?? 0) }
    })
    .filter(({ questions }) => questions > 0)
