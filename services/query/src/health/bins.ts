import { bucketMiddle } from '../graph/stats.js'
import type { CountName, Counts, Evidence, Latency, Overflow } from './evidence.js'

/** Samples of a latency in one bin: all of them, and those slow enough to be followed, by log bucket. */
export interface LatencyBin {
  samples: number
  slow: Readonly<Record<string, number>>
}

/** One edge in one step of time. */
export interface Bin {
  counts: Counts
  connect: LatencyBin
  roundTrip: LatencyBin
}

/** What holds for an edge in all that was read. */
export interface EdgeFacts {
  leastRoundTrip: number
  clientSeen: boolean
  serverSeen: boolean
}

export const noCounts: Counts = {
  connects: 0,
  accepts: 0,
  attempts_failed: 0,
  refused: 0,
  unanswered: 0,
  unreachable: 0,
  attempts_reset: 0,
  client_ended: 0,
  server_ended: 0,
  client_saw_client_reset: 0,
  client_saw_server_reset: 0,
  server_saw_client_reset: 0,
  server_saw_server_reset: 0,
  sent_again: 0,
  segments_sent_doubled: 0,
  client_looks: 0,
  server_looks: 0,
}
export const countNames = Object.keys(noCounts) as CountName[]

export const noBin: Bin = { counts: noCounts, connect: { samples: 0, slow: {} }, roundTrip: { samples: 0, slow: {} } }

/** The value at a level, by rank from the top, where only the slow are told apart: 0 below them. us */
function atRank(slow: readonly (readonly [number, number])[], rank: number): number {
  let above = 0
  for (const [bucket, count] of slow) {
    above += count
    if (above >= rank) return bucketMiddle(bucket)
  }
  return 0
}

/** Quantiles over bins. */
export function latency(bins: readonly LatencyBin[]): Latency {
  const buckets = new Map<number, number>()
  let samples = 0
  for (const bin of bins) {
    samples += bin.samples
    for (const bucket in bin.slow)
      buckets.set(Number(bucket), (buckets.get(Number(bucket)) ?? 0) + (bin.slow[bucket] ?? 0))
  }
  if (samples === 0 || buckets.size === 0) return { samples, p50: 0, p95: 0, second: 0 }
  const slow = [...buckets].sort(([a], [b]) => b - a)
  const quantile = (level: number) => atRank(slow, samples - Math.ceil(level * samples) + 1)
  return { samples, p50: quantile(0.5), p95: quantile(0.95), second: atRank(slow, 2) }
}

/** Bins of one window as the judge takes them. */
export function evidence(bins: readonly Bin[], facts: EdgeFacts, overflow: Overflow | undefined): Evidence {
  const counts = { ...noCounts }
  for (const bin of bins) for (const name of countNames) counts[name] += bin.counts[name]
  const connect = latency(bins.map((b) => b.connect))
  const roundTrip = latency(bins.map((b) => b.roundTrip))
  return { ...counts, ...facts, connect, roundTrip, overflow }
}
