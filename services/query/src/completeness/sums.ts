import type { Completeness, Delivery } from '@headwater/contracts'
import type { CoverageRow, DeliveryRow, LossRow } from '../sql/completeness.js'

type Coverage = Pick<Completeness, 'coverage' | 'nodes_expected' | 'nodes_heard' | 'nodes_silent'>
type Counts = Record<string, number>

/** What came in the range, over all instances. */
function increase(rows: readonly LossRow[], name: 'dropped' | 'dns_dropped' | 'losses'): Counts {
  const sum: Counts = {}
  for (const row of rows)
    for (const [key, until] of Object.entries(row[`${name}_until`])) {
      const count = until - (row[`${name}_before`][key] ?? 0)
      if (count > 0) sum[key] = (sum[key] ?? 0) + count
    }
  return sum
}

function rowsOf(counts: readonly { produced: number; stored: number }[], rows_dropped: Counts): Delivery {
  const sum = (of: (c: { produced: number; stored: number }) => number) => counts.reduce((n, c) => n + of(c), 0)
  const produced = sum((c) => c.produced)
  const arrived = sum((c) => Math.min(c.stored, c.produced))
  return {
    delivered: produced === 0 ? null : arrived / produced,
    rows_produced: produced,
    rows_stored: sum((c) => c.stored),
    rows_dropped,
  }
}

/** Rows stored of those produced. What one instance has too many never makes up for what another has too few, nor DNS for flows. */
export function delivery(
  rows: readonly DeliveryRow[],
  lost: readonly LossRow[],
): Delivery & Pick<Completeness, 'dns' | 'losses'> {
  const dns = rows.map((r) => ({ produced: r.dns_produced, stored: r.dns_stored }))
  return {
    ...rowsOf(rows, increase(lost, 'dropped')),
    dns: rowsOf(dns, increase(lost, 'dns_dropped')),
    losses: increase(lost, 'losses'),
  }
}

/** Node-seconds heard of those expected. */
export function coverage(rows: readonly CoverageRow[]): Coverage {
  const expected = rows.filter((r) => r.expected_ms > 0)
  const sum = (name: 'expected_ms' | 'heard_ms') => expected.reduce((s, r) => s + r[name], 0)
  return {
    coverage: expected.length === 0 ? null : sum('heard_ms') / sum('expected_ms'),
    nodes_expected: expected.length,
    nodes_heard: expected.filter((r) => r.heard_ms > 0).length,
    nodes_silent: expected.filter((r) => r.silent === 1).map((r) => `${r.cluster}/${r.node}`),
  }
}
