import { bucketMiddle } from '../graph/stats.js'
import type {
  CountName,
  Counts,
  Evidence,
  FlowCountName,
  FlowCounts,
  Latency,
  NameCounts,
  Overflow,
} from './evidence.js'

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
  lookup: LatencyBin
}

export const latencyNames = ['connect', 'roundTrip', 'lookup'] as const
export type LatencyName = (typeof latencyNames)[number]

/** What holds for an edge in all that was read. */
export interface EdgeFacts {
  leastRoundTrip: number
  clientSeen: boolean
  serverSeen: boolean
}

const noFlowCounts: FlowCounts = {
  connects: 0,
  accepts: 0,
  attempts_failed: 0,
  refused: 0,
  unanswered: 0,
  unreachable: 0,
  firewalled: 0,
  without_port: 0,
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
const noNameCounts: NameCounts = { questions: 0, names_failed: 0, names_lost: 0 }
export const noCounts: Counts = { ...noFlowCounts, ...noNameCounts }
/** What is read of flows, in this order. */
export const flowCountNames = Object.keys(noFlowCounts) as FlowCountName[]
export const countNames = Object.keys(noCounts) as CountName[]

const noSamples: LatencyBin = { samples: 0, slow: {} }
export const noBin: Bin = { counts: noCounts, connect: noSamples, roundTrip: noSamples, lookup: noSamples }

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

/** What is summed up per step: the counts, then the samples of the latencies. */
const WIDTH = countNames.length + latencyNames.length
const samplesOf = (name: LatencyName): number => countNames.length + latencyNames.indexOf(name)

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
    const of = (name: LatencyName) => latency(sum(samplesOf(name)), slowest(slow, name))
    const { leastRoundTrip, clientSeen, serverSeen } = facts
    const latencies = { connect: of('connect'), roundTrip: of('roundTrip'), lookup: of('lookup') }
    return { ...counts, ...latencies, leastRoundTrip, clientSeen, serverSeen, overflow }
  }

  private add(bin: Bin, at: number, step: number): void {
    const { sums } = this
    for (let i = 0; i < countNames.length; i++)
      sums[at + i] = (sums[at + i] ?? 0) + bin.counts[countNames[i] as CountName]
    for (const name of latencyNames) sums[at + samplesOf(name)] = (sums[at + samplesOf(name)] ?? 0) + bin[name].samples
    if (latencyNames.some((name) => !isEmpty(bin[name].slow))) this.slow.push({ step, bin })
  }
}

const addSlow = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> => {
  const sum = { ...a }
  for (const [bucket, count] of Object.entries(b)) sum[bucket] = (sum[bucket] ?? 0) + count
  return sum
}

export function addBins(a: Bin, b: Bin): Bin {
  const counts = { ...a.counts }
  for (const name of countNames) counts[name] += b.counts[name]
  const add = (name: LatencyName): LatencyBin => ({
    samples: a[name].samples + b[name].samples,
    slow: addSlow(a[name].slow, b[name].slow),
  })
  return { counts, connect: add('connect'), roundTrip: add('roundTrip'), lookup: add('lookup') }
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

/** A latency of one bin alone. */
export const latencyOf = (bin: Bin, name: LatencyName): Latency => latency(bin[name].samples, slowest([{ bin }], name))
