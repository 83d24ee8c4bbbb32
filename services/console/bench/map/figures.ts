import type { Cpu } from './threads.ts'
import type { Trace } from './trace.ts'

const rounded = (value: number): number => Math.round(value * 10) / 10
export const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * q) - 1)] ?? 0

export interface Spread {
  median: number
  min: number
  max: number
}

/** Of the runs' figures. */
export const spread = (values: readonly number[]): Spread => ({
  median: rounded(quantile(values, 0.5)),
  min: rounded(Math.min(...values)),
  max: rounded(Math.max(...values)),
})

export interface PerFrame {
  frames: number
  p50: Spread
  p95: Spread
  /** Mean CPU ms a frame: where the main thread's goes, and what the other threads use besides. */
  parts: Record<string, number>
  threads: Record<keyof Cpu, number>
}

/** CPU ms a frame over the runs of one gesture. */
export function perFrame(runs: readonly Trace[]): PerFrame {
  const frames = runs.reduce((n, r) => n + r.frames.length, 0)
  const mean = (of: (r: Trace) => number): number => rounded(runs.reduce((n, r) => n + of(r), 0) / Math.max(1, frames))
  const names = [...new Set(runs.flatMap((r) => Object.keys(r.parts)))].sort()
  const kinds = ['main', 'worker', 'raster', 'gpu'] as const
  return {
    frames,
    p50: spread(runs.map((r) => quantile(r.frames, 0.5))),
    p95: spread(runs.map((r) => quantile(r.frames, 0.95))),
    parts: Object.fromEntries(names.map((name) => [name, mean((r) => r.parts[name] ?? 0)])),
    threads: Object.fromEntries(kinds.map((k) => [k, mean((r) => r.threads[k])])) as PerFrame['threads'],
  }
}
