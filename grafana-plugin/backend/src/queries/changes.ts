import type { MapAnswer, MapNode, NodesAnswer, SeriesAnswer } from '@headwater/contracts/api'
import type { Frame } from '../frames/frame.ts'
import type { Row } from '../frames/table.ts'
import { type Ask, matched } from './ask.ts'
import { modelColumns, tableFrames } from './tables.ts'

const MOST_NODES = 5_000
const MOST_SERIES = 2_000

interface Change extends Row {
  time: number
  title: string
  text: string
  tags: string
  kind: string
}

const bad = ['degraded', 'unhealthy']

/** States that began within the range, of services that are not well; a past range has none: only now has a beginning. */
const healthChanges = ({ nodes }: MapAnswer, { from, to }: Ask['range']): Change[] =>
  nodes.flatMap(({ label, health }) => {
    if (health.since === null || health.since < from || health.since >= to || !bad.includes(health.state)) return []
    return {
      ...{ time: health.since, kind: 'health', tags: `headwater,health,${health.state}` },
      ...{ title: `${label} is ${health.state}`, text: health.reason },
    }
  })

/** Start of the first step in which something was seen, by client and server name. */
function firstSeen({ time, groups = [] }: SeriesAnswer, keyOf: (labels: Record<string, string>) => string) {
  const seen = new Map<string, number>()
  for (const { labels, series } of groups) {
    const at = time.findIndex(
      (_, i) => (series.connects[i] ?? 0) + (series.failures[i] ?? 0) + (series.client_to_server_bytes[i] ?? 0) > 0,
    )
    const known = seen.get(keyOf(labels))
    const t = time[at]
    if (t !== undefined && (known === undefined || t < known)) seen.set(keyOf(labels), t)
  }
  return seen
}

/** Edges that were not there in a range of the same length before. */
function newEdges(map: MapAnswer, series: SeriesAnswer | undefined, { query, range }: Ask): Change[] {
  const nodes = new Map<string, MapNode>(map.nodes.map((n) => [n.id, n]))
  const prefixed = (side: string, labels: Record<string, string>) =>
    Object.entries(labels).map(([name, value]): [string, string] => [`${side}_${name}`, value])
  const keyOf = (labels: Record<string, string>) =>
    JSON.stringify(
      Object.entries(labels)
        .filter(([name, v]) => v !== '' && name !== 'transport')
        .sort(),
    )
  const seen = series === undefined ? undefined : firstSeen(series, keyOf)
  return map.edges.flatMap((edge) => {
    if (edge.change?.kind !== 'new') return []
    const [client, server] = [nodes.get(edge.source), nodes.get(edge.target)]
    const key = keyOf(
      Object.fromEntries([...prefixed('client', client?.labels ?? {}), ...prefixed('server', server?.labels ?? {})]),
    )
    const time = Math.max(range.from, seen?.get(key) ?? range.from)
    return {
      ...{ time, kind: 'new-edge', tags: 'headwater,new-edge' },
      title: `New: ${client?.label ?? 'unknown'} → ${server?.label ?? 'unknown'}`,
      text: edge.change.reason === '' ? `by ${query.groupBy}` : edge.change.reason,
    }
  })
}

/** Agents that were last heard within the range and ended without saying so. */
const silentNodes = ({ nodes }: NodesAnswer, { from, to }: Ask['range']): Change[] =>
  nodes.flatMap(({ cluster, node, state, last_heard }) =>
    state !== 'silent' || last_heard < from || last_heard >= to
      ? []
      : {
          ...{ time: last_heard, kind: 'silent-node', tags: 'headwater,silent-node' },
          title: `Node ${node} is silent`,
          text: `the agent of ${node} in ${cluster} was last heard then`,
        },
  )

/** What changed within the range, as annotations. The range before it is what edges are compared with. */
export async function changes(ask: Ask): Promise<Frame[]> {
  const { query, range, api, signal } = ask
  const before = { compare_from: range.from - (range.to - range.from), compare_to: range.from }
  const common = { ...matched(ask), group_by: query.groupBy }
  const [{ body: map }, { body: nodes }] = await Promise.all([
    api.get<MapAnswer>('map', { ...common, ...before, limit: MOST_NODES }, signal),
    api.get<NodesAnswer>('nodes', { ...range }, signal),
  ])
  const anyNew = map.edges.some((e) => e.change?.kind === 'new')
  const series = anyNew
    ? (await api.get<SeriesAnswer>('series', { ...common, split: 'edge', limit: MOST_SERIES }, signal)).body
    : undefined
  const rows = [...healthChanges(map, range), ...newEdges(map, series, ask), ...silentNodes(nodes, range)]
  rows.sort((a, b) => a.time - b.time)
  return tableFrames(ask, {
    name: 'changes',
    columns: modelColumns(ask),
    rows: rows.slice(0, query.limit),
    total: rows.length,
    custom: { completeness: map.completeness, range },
  })
}
