import type { Completeness } from '@headwater/contracts'
import type { CoverageRow, DeliveryRow } from '../sql/completeness.js'

type Delivery = Pick<Completeness, 'delivered' | 'rows_produced' | 'rows_stored' | 'rows_dropped'>
type Coverage = Pick<Completeness, 'coverage' | 'nodes_expected' | 'nodes_heard' | 'nodes_silent'>

/** Rows stored of those produced. What one instance has too many never makes up for what another has too few. */
export function delivery(rows: readonly DeliveryRow[]): Delivery {
  let [produced, stored, arrived] = [0, 0, 0]
  const dropped: Record<string, number> = {}
  for (const row of rows) {
    produced += row.produced
    stored += row.stored
    arrived += Math.min(row.stored, row.produced)
    for (const [reason, until] of Object.entries(row.dropped_until)) {
      const count = until - (row.dropped_before[reason] ?? 0)
      if (count > 0) dropped[reason] = (dropped[reason] ?? 0) + count
    }
  }
  return {
    delivered: produced === 0 ? null : arrived / produced,
    rows_produced: produced,
    rows_stored: stored,
    rows_dropped: dropped,
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
