import type { Grouping } from '@headwater/contracts'
import { bucketMiddle } from '../graph/stats.js'
import { type EdgeRow, QUANTILE_LEVELS } from '../sql/edges.js'
import { healthColumn } from '../sql/health-measures.js'
import { type Bin, flowCountNames, latencyOf, noBin } from './bins.js'
import { type EdgeHealth, edgeHealth } from './edge-health.js'
import type { Evidence, Latency, Overflow } from './evidence.js'
import { edgePlace } from './place.js'
import { judgeRange } from './replay.js'

const number = (row: EdgeRow, name: string): number => Number(row[name] ?? 0)
const level = (row: EdgeRow, name: 'connect_us' | 'srtt_us', at: (typeof QUANTILE_LEVELS)[number]): number =>
  bucketMiddle(row[`${name}_buckets`][QUANTILE_LEVELS.indexOf(at)] ?? 0)

function latency(row: EdgeRow, name: 'connect_us' | 'srtt_us'): Latency {
  const samples = number(row, `${name}_count`)
  if (samples === 0) return { samples, p50: 0, p95: 0, second: 0 }
  const [p50, p95] = [level(row, name, 0.5), level(row, name, 0.95)]
  // The rank of p95 has two samples above it, or is one of them, from 20 on.
  return { samples, p50, p95, second: samples >= 20 ? p95 : p50 }
}

/** An edge of a past range as the judge takes it; the least round trip is the least of the smoothed ones. */
function evidenceOf(row: EdgeRow, overflow: Overflow | undefined, asked: Bin = noBin): Evidence {
  const counts = { ...asked.counts }
  for (const name of flowCountNames) counts[name] = Math.max(0, number(row, healthColumn(name)))
  return {
    ...counts,
    connect: latency(row, 'connect_us'),
    roundTrip: latency(row, 'srtt_us'),
    lookup: latencyOf(asked, 'lookup'),
    leastRoundTrip: number(row, 'srtt_us_count') === 0 ? 0 : level(row, 'srtt_us', 0),
    clientSeen: number(row, healthColumn('client')) > 0,
    serverSeen: number(row, healthColumn('server')) > 0,
    overflow,
  }
}

/** Health of the edges of a past range: the thresholds over the whole of it. @param overflows by node id @param lookups by edge id */
export const pastHealth = (
  rows: readonly EdgeRow[],
  grouping: Grouping,
  overflows: ReadonlyMap<string, Overflow>,
  lookups: ReadonlyMap<string, Bin>,
): EdgeHealth[] =>
  rows.map((row) => {
    const where = edgePlace(row, grouping)
    return edgeHealth(
      where,
      judgeRange(evidenceOf(row, overflows.get(where.target), lookups.get(where.id))),
      'in the range',
      null,
    )
  })
