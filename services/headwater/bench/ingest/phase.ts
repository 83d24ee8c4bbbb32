import { setTimeout as wait } from 'node:timers/promises'

/** Of all rows, those before are the warm-up. */
const WARM = 0.2
const STEPS = 10

export const rounded = (value: number): number => Math.round(value * 100) / 100

export interface Spread {
  min: number
  p50: number
  max: number
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number)
  return { min: at(0), p50: at(0.5), max: at(1) }
}

/** CPU seconds so far. */
export interface Cpu {
  ingest: number
  store: number
}

export interface Phase {
  /** us a flow, after the warm-up; the spread is over tenths of the way. */
  ingest: number
  ingestSpread: Spread
  store: number
  storeSpread: Spread
  /** Without the last tenth, which waits for nothing but that its partitions have rested. */
  flowsPerSecond: number
}

interface Mark extends Cpu {
  rows: number
  at: number
}

/** Waits until `rows` are stored. @param stored how many are, of these */
export async function follow(
  rows: number,
  stored: () => Promise<number>,
  cpu: () => Cpu,
  say: (text: string) => void,
): Promise<Phase> {
  const marks: Mark[] = []
  for (let done = false; !done; ) {
    await wait(250)
    const out = await stored()
    done = out >= rows
    if (!done && out < rows * (WARM + ((1 - WARM) * marks.length) / STEPS)) continue
    marks.push({ rows: out, ...cpu(), at: performance.now() })
    say(`${out} rows stored`)
  }
  const [first, last] = [marks[0] as Mark, marks.at(-1) as Mark]
  const most = marks.findLast((mark) => mark.rows < 0.9 * rows) ?? last
  const per = (of: keyof Cpu, from: Mark, to: Mark) => ((to[of] - from[of]) * 1e6) / (to.rows - from.rows)
  const steps = (of: keyof Cpu) =>
    marks.slice(1).flatMap((mark, i) => {
      const before = marks[i] as Mark
      return mark.rows > before.rows ? [per(of, before, mark)] : []
    })
  return {
    ingest: rounded(per('ingest', first, last)),
    ingestSpread: spread(steps('ingest')),
    store: rounded(per('store', first, last)),
    storeSpread: spread(steps('store')),
    flowsPerSecond: Math.round(((most.rows - first.rows) * 1000) / (most.at - first.at)),
  }
}

/** As the benchmark prints a phase. @param limit us a flow that the store takes at least @param rssMb of ingest, the most */
export function phaseFigures(phase: Phase, limit: Spread, inserts: readonly { rows: number }[], rssMb: number) {
  return {
    ingest_us_per_flow: phase.ingest,
    ingest_us_per_flow_spread: phase.ingestSpread,
    store_us_per_flow: phase.store,
    store_us_per_flow_spread: phase.storeSpread,
    ingest_to_limit: rounded(phase.ingest / limit.p50),
    store_to_limit: rounded(phase.store / limit.p50),
    flows_per_second: phase.flowsPerSecond,
    inserts: inserts.length,
    rows_per_insert: spread(inserts.map(({ rows }) => rows)),
    ingest_rss_mb: rssMb,
  }
}
