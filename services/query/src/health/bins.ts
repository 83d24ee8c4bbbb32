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

/** Slow samples of a latency in a window, by bucket, the slowest first. */
type Slow = readonly (readonly [bucket: number, count: number])[]

/** The value at a rank from the top, where only the slow are told apart: 0 below them. us */
function atRank(slow: Slow, rank: number): number {
  let above = 0
  for (const [bucket, count] of slow) {
    above += count
    if (above >= rank) return bucketMiddle(bucket)
  }
  return 0
}

function latency(samples: number, slow: Slow): Latency {
  if (slow.length === 0) return { samples, p50: 0, p95: 0, second: 0 }
  const quantile = (level: number) => atRank(slow, samples - Math.ceil(level * samples) + 1)
  return { samples, p50: quantile(0.5), p95: quantile(0.95), second: atRank(slow, 2) }
}

type LatencyName = 'connect' | 'roundTrip'
/** What is summed up per step: the counts, then the samples of both latencies. */
const WIDTH = countNames.length + 2

/** Sums up to each step, so that any window of an edge is a difference of two of them. */
export class Windows {
  private readonly sums: Float64Array
  private readonly slow: { step: number; bin: Bin }[] = []

  constructor(bins: ReadonlyMap<number, Bin>, steps: number) {
    this.sums = new Float64Array((steps + 1) * WIDTH)
    for (let step = 0; step < steps; step++) {
      const at = (step + 1) * WIDTH
      this.sums.copyWithin(at, at - WIDTH, at)
      const bin = bins.get(step)
      if (bin) this.add(bin, at, step)
    }
  }

  /** The window of so many steps that ends with the last, without those before the first. */
  evidence(first: number, last: number, facts: EdgeFacts, overflow: Overflow | undefined): Evidence {
    const [from, to] = [first * WIDTH, (last + 1) * WIDTH]
    const sum = (column: number) => (this.sums[to + column] ?? 0) - (this.sums[from + column] ?? 0)
    const counts = { ...noCounts }
    for (let i = 0; i < countNames.length; i++) counts[countNames[i] as CountName] = sum(i)
    const slow = this.slow.filter(({ step }) => step >= first && step <= last)
    const connect = latency(sum(WIDTH - 2), slowest(slow, 'connect'))
    const roundTrip = latency(sum(WIDTH - 1), slowest(slow, 'roundTrip'))
    const { leastRoundTrip, clientSeen, serverSeen } = facts
    return { ...counts, leastRoundTrip, clientSeen, serverSeen, connect, roundTrip, overflow }
  }

  private add(bin: Bin, at: number, step: number): void {
    const { sums } = this
    for (let i = 0; i < countNames.length; i++)
      sums[at + i] = (sums[at + i] ?? 0) + bin.counts[countNames[i] as CountName]
    sums[at + WIDTH - 2] = (sums[at + WIDTH - 2] ?? 0) + bin.connect.samples
    sums[at + WIDTH - 1] = (sums[at + WIDTH - 1] ?? 0) + bin.roundTrip.samples
    if (!isEmpty(bin.connect.slow) || !isEmpty(bin.roundTrip.slow)) this.slow.push({ step, bin })
  }
}

function isEmpty(buckets: Readonly<Record<string, number>>): boolean {
  for (const _ in buckets) return false
  return true
}

function slowest(slow: readonly { bin: Bin }[], name: LatencyName): Slow {
  if (slow.length === 0) return []
  const buckets = new Map<number, number>()
  for (const { bin } of slow)
    for (const [bucket, count] of Object.entries(bin[name].slow))
      buckets.set(Number(bucket), (buckets.get(Number(bucket)) ?? 0) + count)
  return [...buckets].sort(([a], [b]) => b - a)
}
