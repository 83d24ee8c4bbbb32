import { type EndLabel, flowColumnNames } from '@headwater/contracts'
import type { TimeRange } from '../time/range.js'
import { type End, endColumn, ends, localLabels, ownLabels, remoteLabels } from './labels.js'
import { Params } from './params.js'
import type { Statement } from './statement.js'

/** How far beyond a range the other end's rows of a connection may lie: a keep-alive row comes each 60 s. */
export const PEER_MARGIN_MS = 65_000

/** A peer's client is its lower address and port, so that both ends say the same; as in the rollup. */
export const LOCAL_IS_CLIENT =
  "(side = 'client' OR (side NOT IN ('client', 'server') AND (local_ip, local_port) <= (remote_ip, remote_port)))"

/** Across an address translation the ends are two edges: neither end's rows name the other. */
const UNTRANSLATED = "remote_class != 'nat'"

export const between = ({ from, to }: TimeRange, params: Params): string =>
  `time >= ${params.time(from)} AND time < ${params.time(to)}`

const within = (ranges: readonly TimeRange[], params: Params): string =>
  ranges.length === 1
    ? between(ranges[0] as TimeRange, params)
    : `(${ranges.map((range) => `(${between(range, params)})`).join(' OR ')})`

const widened = ({ from, to }: TimeRange): TimeRange => ({
  from: Math.max(0, from - PEER_MARGIN_MS),
  to: to + PEER_MARGIN_MS,
})

/** One label of one end: the end's own word where it observes itself, or reported the same connection; else the other's. */
function labelOf(end: End, label: EndLabel, completed: boolean): string {
  const peer = `if(peer_${label} != '' AND ${UNTRANSLATED}, peer_${label}, ${remoteLabels[label]})`
  const remote = completed ? peer : remoteLabels[label]
  const [ifClient, ifServer] = end === 'client' ? [localLabels[label], remote] : [remote, localLabels[label]]
  return `if(is_client, ${ifClient}, ${ifServer}) AS ${endColumn(end, label)}`
}

export interface RowsOptions {
  /** No two of them meet. */
  ranges: readonly TimeRange[]
  /** Rows of Headwater's own connections too. */
  self: boolean
  /** Labels to give, as columns client_NAME and server_NAME. */
  labels: ReadonlySet<EndLabel>
  /** Further expressions over a row `f` of `flows`, with `is_client` beside it. */
  columns: readonly string[]
  /** Over all the columns given. */
  where?: string
  /** Names among the columns and labels: then the other columns are over each group of them, and other labels not given. */
  groupBy?: readonly string[]
  /** Expressions that are not given, for use in others: `expression AS name`. */
  aliases?: readonly string[]
  /** False: no connection of the range is known from both ends and nameless at one, see bothEndsStatement. */
  farEnds?: boolean
}

const nameless = (range: TimeRange, params: Params): string =>
  `SELECT connection_id FROM flows WHERE ${between(range, params)} AND remote_process = '' AND connection_id != 0 AND ${UNTRANSLATED}`

/**
 * Whether any far end's own rows can name what ingest could not. Mostly none can, and a statement without that join takes
 * the store half as long to plan.
 */
export function bothEndsStatement(range: TimeRange): Statement {
  const params = new Params()
  const text = `
SELECT 1 AS found
FROM flows WHERE ${between(widened(range), params)} AND connection_id IN (${nameless(range, params)}) AND ${UNTRANSLATED}
GROUP BY connection_id HAVING min(${LOCAL_IS_CLIENT}) != max(${LOCAL_IS_CLIENT})
LIMIT 1`
  return { name: 'both-ends', text, params: params.values }
}

/**
 * The labels of far ends by connection, from their own rows: only for the connections that ingest left nameless in some
 * row, which are few where both ends are observed.
 */
function farEnds(range: TimeRange, labels: readonly EndLabel[], params: Params): string {
  const names = labels.map((l) => `max(toString(${localLabels[l]})) AS peer_${l}`)
  return `
    SELECT connection_id, NOT ${LOCAL_IS_CLIENT} AS is_client, ${names.join(', ')}
    FROM flows WHERE ${between(widened(range), params)} AND connection_id IN (${nameless(range, params)}) AND ${UNTRANSLATED}
    GROUP BY connection_id, is_client`
}

const enclosing = (ranges: readonly TimeRange[]): TimeRange => ({
  from: Math.min(...ranges.map((r) => r.from)),
  to: Math.max(...ranges.map((r) => r.to)),
})

/** Columns of `flows` that a text names, if only by chance: it holds no values, those are parameters. */
const usedColumns = (text: string): string[] => {
  const words = new Set(text.match(/\w+/g))
  return flowColumnNames.filter((name) => words.has(name))
}

/**
 * Rows of `flows` turned so that client and server stand where they belong. What only the far end knows (its process,
 * its service) comes from the far end's own rows, found by `connection_id`.
 */
export function orientedRows(
  { ranges, self, labels, columns, where = '1', groupBy = [], aliases = [], farEnds: wanted = true }: RowsOptions,
  params: Params,
): string {
  const own = [...labels].filter((l) => ownLabels.includes(l))
  const completing = wanted ? own : []
  const shown = (name: string) => groupBy.length === 0 || groupBy.includes(name)
  const named = [...labels].flatMap((l) =>
    ends.map((e) => ({ label: labelOf(e, l, completing.includes(l)), shown: shown(endColumn(e, l)) })),
  )
  const texts = (shown: boolean) => named.filter((n) => n.shown === shown).map((n) => n.label)
  const given = [...columns, ...texts(true)].join(',\n    ')
  const hidden = [...aliases, ...texts(false)].join(', ')
  const peer =
    completing.length === 0
      ? ''
      : `
  LEFT ANY JOIN (${farEnds(enclosing(ranges), completing, params)}
  ) AS peer USING (connection_id, is_client)`
  return `
  ${hidden === '' ? '' : `WITH ${hidden}\n  `}SELECT ${given}
  FROM (
    SELECT ${usedColumns(`${hidden} ${given} ${where}${peer === '' ? '' : ' connection_id'}`).join(', ')}, ${LOCAL_IS_CLIENT} AS is_client
    FROM flows WHERE ${within(ranges, params)}${self ? '' : ' AND self = 0'}
  ) AS f${peer}
  WHERE ${where}${groupBy.length === 0 ? '' : `\n  GROUP BY ${groupBy.join(', ')}`}`
}
