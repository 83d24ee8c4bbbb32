import type { SeriesNumbers } from '@headwater/contracts'
import { mean } from '../graph/stats.js'
import type { OpenRow, SeriesRow } from '../sql/series.js'

/** Open connections at the end of each step, out of the changes. */
function openAt(times: readonly number[], changes: readonly OpenRow[]): number[] {
  const byStep = new Map(changes.map((c) => [c.step_time, c.change]))
  let open = 0
  return times.map((t) => {
    open += byStep.get(t) ?? 0
    return open
  })
}

/** Rows of the steps that have any as one array per field, aligned with the times. @param changes undefined: not followed */
export function shapeSeries(
  time: readonly number[],
  rows: readonly SeriesRow[],
  changes: readonly OpenRow[] | undefined,
): SeriesNumbers {
  const byStep = new Map(rows.map((row) => [row.step_time, row]))
  const sums = (name: string): number[] => time.map((t) => byStep.get(t)?.[name] ?? 0)
  const means = (name: string) =>
    time.map((t) => mean(byStep.get(t)?.[`${name}_sum`] ?? 0, byStep.get(t)?.[`${name}_count`] ?? 0))
  return {
    client_to_server_bytes: sums('client_to_server_bytes'),
    server_to_client_bytes: sums('server_to_client_bytes'),
    connects: sums('connects'),
    failures: sums('failures'),
    retransmits: sums('retransmits'),
    open: changes === undefined ? time.map(() => null) : openAt(time, changes),
    connect_us: means('connect_us'),
    srtt_us: means('srtt_us'),
  }
}
