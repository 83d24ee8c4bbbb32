import type { EndLabel } from '@headwater/contracts'
import type { GroupingRule } from '../graph/grouping.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { bucketQuantiles, edgeRows, openRows, type RowsQuery, reasonsOf } from './edge-rows.js'
import { endFacts, type Fact } from './facts.js'
import { endColumn, ends } from './labels.js'
import { type Measure, measures } from './measures.js'
import { Params } from './params.js'
import type { Statement } from './statement.js'

export type EdgeOrder = 'bytes' | 'connects' | 'failures' | 'retransmits' | 'open' | 'traffic'

export interface EdgesQuery {
  range: TimeRange
  rule: GroupingRule
  matchers: readonly Matcher[]
  self: boolean
  order: EdgeOrder
  /** True: only what tells whether anything happened on an edge, and how much; no latencies and no reasons. */
  brief?: boolean
  /** Further sums to read, from all rows. */
  sums?: readonly Measure[]
  /** False: far ends' own rows name nothing more, as namesFarEnds told. */
  farEnds?: boolean
}

/** An edge as SQL gives it: key columns and facts, the measures by name; server ports as [port, weight], busiest first. */
export type EdgeRow = Record<string, unknown> & {
  ports: [number, number][]
  failure_reasons: Record<string, number>
  open: number
  /** 1: known only from servers to which a NAT hides the client; not counted. */
  translated: number
  /** Buckets at QUANTILE_LEVELS. */
  connect_us_buckets: number[]
  srtt_us_buckets: number[]
}

/** Edges that are looked at for one answer: the largest, where there are more. */
export const MAX_EDGES = 25_000
const MAX_PORTS = 8
/** Ports whose weights are followed per edge; beyond, the lightest give way. */
const PORTS_FOLLOWED = 64

const BYTES = 'client_to_server_bytes + server_to_client_bytes'
const orders: Record<EdgeOrder, string> = {
  bytes: BYTES,
  connects: 'connects',
  failures: 'failures',
  retransmits: 'retransmits',
  open: `${BYTES} + 1000 * connects`,
  // A refused or silent edge must not be left out for a big one only because it has no bytes.
  traffic: `${BYTES} + 1000 * (connects + failures)`,
}

/** Levels of the quantiles in EdgeRow's `*_buckets`. */
export const QUANTILE_LEVELS = [0, 0.5, 0.95, 0.99] as const

/**
 * What makes an edge: both ends' key labels, what stands in where an end's name is unknown, the transport, and whether it is
 * known only from servers to which a NAT hides the client.
 */
export const keyColumns = (rule: GroupingRule): string[] => [
  ...ends.flatMap((e) => [
    ...rule.labels.map((l) => endColumn(e, l)),
    ...(rule.fallback === 'none' ? [] : [`${e}_fallback`]),
  ]),
  'transport',
  'translated',
]

export function rowsOf({ range, matchers, self, rule, farEnds = true }: EdgesQuery): RowsQuery {
  const needed: EndLabel[] = [...rule.labels, ...(rule.fallback === 'service' ? (['service'] as const) : [])]
  const derived = ends.map((e) => ({
    name: `${e}_fallback`,
    expression: `if(${endColumn(e, rule.name)} = '', ${e}_${rule.fallback}, '')`,
  }))
  const columns = needed.flatMap((l) => ends.map((e) => endColumn(e, l)))
  const facts: Fact[] = [
    'translated',
    ...(rule.fallback === 'class' ? (['client_class', 'server_class'] as const) : []),
  ]
  return { range, matchers, self, columns, facts, farEnds, ...(rule.fallback === 'none' ? {} : { derived }) }
}

/** The same with what an edge's ends are, for edges that are shown. */
function shownRowsOf(query: EdgesQuery): RowsQuery {
  const rows = rowsOf(query)
  return { ...rows, facts: [...new Set<Fact>([...(rows.facts ?? []), 'speaks', 'port', ...endFacts(query.self)])] }
}

const facts = ({ self }: EdgesQuery): string =>
  endFacts(self)
    .map((f) => `max(r.${f}) AS ${f}`)
    .join(', ')
const topPorts = (weight: string): string =>
  `arrayMap(p -> (p.1, p.2), approx_top_sum(${MAX_PORTS}, ${PORTS_FOLLOWED})(r.port, ${weight})) AS ports`

/** A sum over rows `r`; of an edge that no counted row speaks for, over those of the servers that NAT hides the client from. */
const summed = ({ name, counted }: Measure): string =>
  `${counted ? `sumIf(r.m_${name}, r.speaks)` : `sum(r.m_${name})`} AS ${name}`

/** Where there are packets there are bytes on the wire. */
const briefMeasures = measures.filter((m) => (m.counted && !m.name.endsWith('_packets')) || m.name === 'retransmits')

const SPOKEN_FOR = 'max(r.speaks)'

/**
 * Edges of a range, each connection counted once, the largest first, at most MAX_EDGES. Edges that no counted row speaks
 * for are left out: their connections are on the map already, told by the other end. But not those of which NAT hides the
 * client: `translated` ones are edges of their own.
 */
export function edgesStatement(query: EdgesQuery): Statement {
  const params = new Params()
  const keys = keyColumns(query.rule).join(', ')
  const { sums = [], brief = false } = query
  const all = [...(brief ? briefMeasures : measures), ...sums]
  const rows: RowsQuery = { ...shownRowsOf(query), sums: all, histograms: !brief, reasons: !brief }
  const details = [...bucketQuantiles(rows, QUANTILE_LEVELS), `${reasonsOf(rows, 'r.speaks')} AS failure_reasons`]
  const text = `
SELECT ${keys}, ${facts(query)},
  ${[...all.map(summed), ...(brief ? [] : details)].join(', ')},
  ${topPorts('r.m_client_to_server_bytes + r.m_server_to_client_bytes + r.m_connects + r.m_failures + 1')}
FROM (${edgeRows(rows, params)}) AS r
GROUP BY ${keys}
HAVING ${SPOKEN_FOR} > 0
ORDER BY ${orders[query.order]} DESC, ${keys}
LIMIT ${MAX_EDGES}`
  return { name: 'edges', text, params: params.values }
}

/** Connections open at the end of the range that are counted, or whose other end a NAT hides, by edge, as `open`. */
export function openStatement(query: EdgesQuery): Statement {
  const params = new Params()
  const keys = keyColumns(query.rule).join(', ')
  const text = `
SELECT ${keys}, ${facts(query)}, count() AS open, ${topPorts('toUInt64(1)')}
FROM (${openRows(shownRowsOf(query), params)}) AS r
WHERE r.speaks
GROUP BY ${keys}
ORDER BY open DESC, ${keys}
LIMIT ${MAX_EDGES}`
  return { name: 'open', text, params: params.values }
}

/** The number of edges, for ranges that have more than are looked at. */
export function edgeCountStatement(query: EdgesQuery): Statement {
  const params = new Params()
  const keys = keyColumns(query.rule).join(', ')
  const text = `
SELECT count() AS edges FROM (
  SELECT 1 FROM (${edgeRows(shownRowsOf(query), params)}) AS r GROUP BY ${keys} HAVING ${SPOKEN_FOR} > 0
)`
  return { name: 'edge-count', text, params: params.values }
}
