import type { Grouping, Health } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { Recent } from '../completeness/recent.js'
import { endIdentity } from '../graph/end.js'
import { groupingRules } from '../graph/grouping.js'
import { forAllCallers } from '../http/caller.js'
import { Database } from '../sql/database.js'
import type { EdgeRow } from '../sql/edges.js'
import { type HealthRow, healthStatement } from '../sql/health.js'
import { type AskedRow, askedStatement, type LookupRow, lookupsStatement } from '../sql/lookups.js'
import { namingStatement } from '../sql/naming.js'
import { type OverflowRow, overflowStatement, type ServedRow, servedStatement } from '../sql/overflow.js'
import type { TimeRange } from '../time/range.js'
import { addBins, type Bin, noBin } from './bins.js'
import type { EdgeHealth } from './edge-health.js'
import type { Overflow } from './evidence.js'
import { lookupsByEdge } from './lookups.js'
import { nodesHealth } from './nodes.js'
import { healthNow } from './now.js'
import { addOverflows, overflowSteps, serves } from './overflow.js'
import { pastHealth } from './past.js'
import { STEPS } from './replay.js'
import { timing } from './thresholds.js'

/** Health by id of the map. */
export interface HealthOf {
  edges: ReadonlyMap<string, Health>
  nodes: ReadonlyMap<string, Health>
}

const byId = (edges: readonly EdgeHealth[]): HealthOf => ({
  edges: new Map(edges.filter((e) => e.combined !== true).map((e) => [e.id, e.health])),
  nodes: nodesHealth(edges),
})

/** Up to this length listen queues and questions for names are looked at in a past range: they are in no rollup. */
const BESIDE_RANGE_MS = 3_600_000

/** Whether a range asks for health now. */
export const isNow = ({ to }: TimeRange, now: number): boolean => to >= now - timing.now

/** The rows that health now is made of: whole steps, the same for whoever asks within one. */
export function rangeNow(now: number): TimeRange {
  const to = Math.floor((now - timing.settle) / timing.step) * timing.step
  return { from: to - timing.read, to }
}

/** Health of edges and nodes. Health now is that of whole edges, whatever is filtered, and one answer for all who ask at a time. */
@Injectable()
export class HealthReader {
  private readonly recent = new Recent<HealthOf, Grouping>(timing.keep)

  constructor(@Inject(Database) private readonly database: Database) {}

  now(grouping: Grouping, now: number): Promise<HealthOf> {
    return this.recent.get(grouping, now, () => forAllCallers(() => this.readNow(grouping, now)))
  }

  /** @param rows of the range, read with the sums of health */
  async past(range: TimeRange, rows: readonly EdgeRow[], grouping: Grouping): Promise<HealthOf> {
    const overflows = new Map<string, Overflow>()
    const lookups = new Map<string, Bin>()
    if (range.to - range.from <= BESIDE_RANGE_MS) {
      for (const [id, bySteps] of await this.lookups(range, range.to - range.from, grouping, true))
        lookups.set(id, [...bySteps.values()].reduce(addBins, noBin))
      const steps = Math.ceil((range.to - range.from) / timing.step)
      for (const [node, bySteps] of await this.overflows(range, steps, grouping, true)) {
        const all = [...bySteps.values()]
        const drops = all.reduce((sum, o) => sum + o.drops, 0)
        overflows.set(node, { drops, full: all.some((o) => o.full) })
      }
    }
    return byId(pastHealth(rows, grouping, overflows, lookups))
  }

  private async readNow(grouping: Grouping, now: number): Promise<HealthOf> {
    const range = rangeNow(now)
    const naming = namingStatement(range)
    const farEnds = naming === undefined || (await this.database.rows({ ...naming, name: 'health-ends' })).length > 0
    const [rows, overflows, lookups] = await Promise.all([
      this.database.rows<HealthRow>(healthStatement(range, groupingRules[grouping], farEnds)),
      this.overflows(range, STEPS, grouping, farEnds),
      this.lookups(range, timing.step, grouping, farEnds),
    ])
    return byId(healthNow(rows, grouping, { overflows, lookups }, range.from))
  }

  /** Questions for names by id of the edge and step, of edges on which any is wrong or slow: mostly there are none. */
  private async lookups(
    range: TimeRange,
    stepMs: number,
    grouping: Grouping,
    farEnds: boolean,
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, Bin>>> {
    const rows = await this.database.rows<LookupRow>(lookupsStatement(range, stepMs))
    if (rows.every((row) => row.wrong === 0)) return new Map()
    const asked = await this.database.rows<AskedRow>(askedStatement(range, groupingRules[grouping], farEnds))
    return lookupsByEdge(rows, asked, grouping)
  }

  /** Overflow of listen queues by id of the node that they belong to, and by step. */
  private async overflows(
    range: TimeRange,
    steps: number,
    grouping: Grouping,
    farEnds: boolean,
  ): Promise<Map<string, ReadonlyMap<number, Overflow>>> {
    const listeners = await this.database.rows<OverflowRow>(overflowStatement(range))
    const found = new Map<string, ReadonlyMap<number, Overflow>>()
    if (listeners.length === 0) return found
    const served = await this.database.rows<ServedRow>(
      servedStatement(range, groupingRules[grouping], listeners, farEnds),
    )
    for (const listener of listeners) {
      const own = served.filter((s) => isAt(s, listener) && serves(listener.address, s.address))
      const overflow = overflowSteps(listener.reports, range.from, steps)
      for (const id of new Set(own.map((s) => endIdentity(s, 'server', grouping).id)))
        found.set(id, addOverflows(found.get(id) ?? new Map(), overflow))
    }
    return found
  }
}

const isAt = (served: ServedRow, { cluster, node, netns, port }: OverflowRow): boolean =>
  served.cluster === cluster && served.node === node && served.netns === netns && served.port === port
