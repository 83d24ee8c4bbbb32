import type { Grouping } from '@headwater/contracts'
import type { HealthBin, HealthRow } from '../sql/health.js'
import { addBins, type Bin, flowCountNames, noBin, noCounts } from './bins.js'
import { combined } from './combined.js'
import { type EdgeHealth, edgeHealth, whenSeen } from './edge-health.js'
import { type Counts, looks, type Overflow } from './evidence.js'
import { edgePlace } from './place.js'
import { type History, replay, STEPS, sinceOf, type Verdict } from './replay.js'
import { thresholds, timing } from './thresholds.js'

type Bins = ReadonlyMap<number, Bin>
const none: Bins = new Map()

function countsOf(values: readonly number[]): Counts {
  const counts = { ...noCounts }
  for (const [i, name] of flowCountNames.entries()) counts[name] = values[i] ?? 0
  return counts
}

const binOf = ([, counts, [connects, roundTrips], slowConnects, slowRoundTrips]: HealthBin): Bin => ({
  ...noBin,
  counts: countsOf(counts),
  connect: { samples: connects, slow: slowConnects },
  roundTrip: { samples: roundTrips, slow: slowRoundTrips },
})

/** An edge without any sign of trouble comes without its bins: its sums are spread over all steps. */
function evenly({ counts, samples: [connects, roundTrips] }: HealthRow): Map<number, Bin> {
  const bin: Bin = {
    ...noBin,
    counts: countsOf(counts.map((n) => n / STEPS)),
    connect: { samples: connects / STEPS, slow: {} },
    roundTrip: { samples: roundTrips / STEPS, slow: {} },
  }
  return new Map(Array.from({ length: STEPS }, (_, step) => [step, bin]))
}

/** Without any sign of trouble there is nothing to replay. */
function calm(row: HealthRow): Verdict {
  const seen = looks(countsOf(row.counts))
  const state = seen >= thresholds.healthySample ? 'healthy' : 'unknown'
  return { state, finding: undefined, window: timing.read, age: 0, since: undefined, samples: seen }
}

const binsOf = (row: HealthRow): Map<number, Bin> =>
  row.bins.length === 0 ? evenly(row) : new Map(row.bins.map((bin) => [bin[0], binOf(bin)]))

export function historyOf(row: HealthRow, overflows: ReadonlyMap<number, Overflow>, lookups: Bins = none): History {
  const bins = binsOf(row)
  for (const [step, bin] of lookups) bins.set(step, addBins(bins.get(step) ?? noBin, bin))
  return {
    bins,
    overflows,
    leastRoundTrip: row.least_round_trip,
    clientSeen: row.client_seen > 0,
    serverSeen: row.server_seen > 0,
  }
}

const noOverflow: ReadonlyMap<number, Overflow> = new Map()

/** What is known of edges beside their flows. */
export interface Beside {
  /** By id of the server's node, then by step. */
  overflows: ReadonlyMap<string, ReadonlyMap<number, Overflow>>
  /** Of questions for names, by id of the edge; of edges without any trouble with them there are none. */
  lookups: ReadonlyMap<string, Bins>
}

/** Health now of all edges, out of the rows of the last minutes. @param from start of step 0, Unix ms */
export function healthNow(
  rows: readonly HealthRow[],
  grouping: Grouping,
  { overflows, lookups }: Beside,
  from: number,
): EdgeHealth[] {
  const edges = new Map<string, EdgeHealth>()
  const histories = new Map<string, History>()
  for (const row of rows) {
    const where = edgePlace(row, grouping)
    // Counted connections stand for the edge where there are any.
    if (row.translated === 1 && edges.has(where.id)) continue
    const asked = lookups.get(where.id)
    const history = historyOf(row, overflows.get(where.target) ?? noOverflow, asked)
    const isCalm = row.bins.length === 0 && history.overflows.size === 0 && asked === undefined
    const verdict = isCalm ? calm(row) : replay(history)
    const since = sinceOf(verdict.since, from)
    edges.set(where.id, edgeHealth(where, verdict, whenSeen(verdict), since))
    histories.set(where.id, history)
  }
  const known = [...edges.values()]
  return [...known, ...combined(known, histories, from)]
}
