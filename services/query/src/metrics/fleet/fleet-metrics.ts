import { DEFAULT_MAX_SERIES, type Family, metricsText } from '@headwater/contracts/metrics'
import { Inject, Injectable } from '@nestjs/common'
import { AccountsReader } from '../../accounts/reader.js'
import { CompletenessReader } from '../../completeness/reader.js'
import { MONTH_DAYS } from '../../cost/projection.js'
import { CostReader } from '../../cost/reader.js'
import { nodesOf } from '../../fleet/instances.js'
import { arrangeGraph, readGraph } from '../../graph/graph.js'
import { EdgesWithHealth } from '../../health/edges-with-health.js'
import { CLOCK, type Clock, OPTIONS, type QueryServerOptions } from '../../options.js'
import { Database } from '../../sql/database.js'
import {
  type CostRow,
  costsStatement,
  type FullestRow,
  fullestStatement,
  type InstanceRow,
  instancesStatement,
} from '../../sql/nodes.js'
import type { TimeRange } from '../../time/range.js'
import { accountGauges } from './account-gauges.js'
import { Evaluation } from './evaluation.js'
import { fleetFamilies } from './families.js'
import { healthGauges, type Told } from './health-gauges.js'
import { nodeGauges } from './node-gauges.js'

/** What the gauges tell of, ms: that much before now. */
const RANGE_MS = 300_000
/** Cost is that of a shorter time, so that rules choose what they average over. */
const COST_RANGE_MS = 60_000
/** How long one evaluation is told again, ms. */
const KEEP_MS = 4_000
/** Cost is read over all pairs. */
const KEEP_COST_MS = 10_000

/** Accounts are read of all batches of the range. */
const KEEP_ACCOUNTS_MS = 10_000

const nothing = { folded: {} }
const plain = (value: number | null) => (value === null ? [] : [{ labels: {}, value }])

/** Gauges of the whole fleet, out of the store: health, nodes, completeness, cost. */
@Injectable()
export class FleetMetrics {
  readonly #parts: Evaluation<Told>[]
  readonly #ping: Evaluation<true>
  readonly #maxSeries: number

  constructor(
    @Inject(OPTIONS) private readonly options: QueryServerOptions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Database) private readonly database: Database,
    @Inject(EdgesWithHealth) private readonly edges: EdgesWithHealth,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
    @Inject(AccountsReader) private readonly accounts: AccountsReader,
    @Inject(CostReader) private readonly cost: CostReader,
  ) {
    this.#maxSeries = options.maxSeries ?? DEFAULT_MAX_SERIES
    const part = (name: string, keepMs: number, of: (range: TimeRange, now: number) => Promise<Told>) =>
      new Evaluation(name, keepMs, (now) => of({ from: now - RANGE_MS, to: now }, now), this.#failed(name))
    this.#parts = [
      part('health', KEEP_MS, (range, now) => this.#health(range, now)),
      part('nodes', KEEP_MS, (range) => this.#nodes(range)),
      part('completeness', KEEP_MS, (range, now) => this.#complete(range, now)),
      part('accounts', KEEP_ACCOUNTS_MS, (range, now) => this.#account(range, now)),
      part('cost', KEEP_COST_MS, (_, now) => this.#cost(now)),
    ]
    const ping = () => this.database.ping().then(() => true as const)
    this.#ping = new Evaluation<true>('store', 0, ping, this.#failed('store'), 0)
  }

  /** Prometheus text. What the store does not tell within `patienceMs` is said to be so, and what it told last stands for a minute. */
  async text(patienceMs: number): Promise<string> {
    const now = this.clock()
    const parts = this.#parts.map((part) => part.read(now, patienceMs))
    const [up, ...told] = await Promise.all([this.#ping.read(now, patienceMs), ...parts])
    const folded = told.flatMap((t) => Object.entries(t?.folded ?? {}))
    const byPart = (value: (part: Evaluation<Told>) => number) =>
      this.#parts.map((part) => ({ labels: { of: part.name }, value: value(part) }))
    const about: Family[] = [
      { ...fleetFamilies.folded, samples: folded.map(([of, value]) => ({ labels: { of }, value })) },
      { ...fleetFamilies.storeUp, samples: plain(up === true ? 1 : 0) },
      { ...fleetFamilies.evaluationUp, samples: byPart((part) => (part.up ? 1 : 0)) },
      { ...fleetFamilies.evaluationSeconds, samples: byPart((part) => part.seconds) },
    ]
    return metricsText([...told.flatMap((t) => t?.families ?? []), ...about])
  }

  #failed = (of: string) => (error: unknown) =>
    this.options.logger.debug('metrics of the fleet are missing', { of, cause: String(error) })

  async #health(range: TimeRange, now: number): Promise<Told> {
    const asked = { range, matchers: [], showSelf: false, group_by: 'service', order: 'traffic', now } as const
    const { rows, health } = await this.edges.read(asked)
    return healthGauges(arrangeGraph(readGraph(rows, 'service', health), 'service'), this.#maxSeries)
  }

  async #nodes(range: TimeRange): Promise<Told> {
    const found = nodesOf(await this.database.rows<InstanceRow>(instancesStatement(range))).map((n) => n.shown)
    const shown = found.filter(({ state }) => state !== 'stopped')
    if (shown.length === 0) return nodeGauges({ nodes: [], costs: [], fullest: [] }, this.#maxSeries)
    const [costs, fullest] = await Promise.all([
      this.database.rows<CostRow>(costsStatement(shown)),
      this.database.rows<FullestRow>(fullestStatement(shown)),
    ])
    return nodeGauges({ nodes: shown, costs, fullest }, this.#maxSeries)
  }

  async #complete(range: TimeRange, now: number): Promise<Told> {
    const { delivered, dns, coverage } = await this.completeness.of(range, now)
    const families = [
      { ...fleetFamilies.delivered, samples: plain(delivered) },
      { ...fleetFamilies.dnsDelivered, samples: plain(dns.delivered) },
      { ...fleetFamilies.coverage, samples: plain(coverage) },
    ]
    return { families, ...nothing }
  }

  async #account(range: TimeRange, now: number): Promise<Told> {
    const { instances } = await this.accounts.of({ range, matchers: [], step: RANGE_MS }, now)
    return accountGauges(instances, this.#maxSeries)
  }

  async #cost(now: number): Promise<Told> {
    const range = { from: now - COST_RANGE_MS, to: now }
    const { by_item, currency } = await this.cost.read({ range, matchers: [], self: false, limit: 1, now })
    const samples = by_item.map(({ item, per_month }) => ({
      labels: { item, currency },
      value: per_month / MONTH_DAYS,
    }))
    return { families: [{ ...fleetFamilies.cost, samples }], ...nothing }
  }
}
