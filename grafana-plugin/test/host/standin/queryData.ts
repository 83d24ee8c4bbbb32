import { edgeMatchers, graphOf, nodeMatchers } from '@headwater/console'
import type { CostAnswer, FlowsAnswer, MapAnswer, NodesAnswer, SeriesAnswer } from '@headwater/contracts/api'
import { printMatchers } from '@headwater/contracts/api'
import { type HeadwaterQuery, readQuery } from '../../../model/query.js'
import { type FrameJson, table } from './frame.js'

/** Asks the API; what it refuses is thrown as its sentence. */
export type AskApi = <T>(path: string, parameters: Record<string, string>) => Promise<T>

export interface Range {
  from: number
  to: number
}

const bytes = { client_to_server_bytes: 'decbytes', server_to_client_bytes: 'decbytes' }
const graphMeta = { preferredVisualisationType: 'nodeGraph' }

function mapFrames(answer: MapAnswer, format: string): FrameJson[] {
  const custom = { completeness: answer.completeness }
  const nodes = table(
    'nodes',
    answer.nodes.map((n) => ({ id: n.id, title: n.label, subtitle: n.kind, mainstat: n.tx_bytes + n.rx_bytes })),
    { meta: { ...graphMeta, custom } },
  )
  const edges = table(
    'edges',
    answer.edges.map((e) => ({ id: e.id, source: e.source, target: e.target, mainstat: e.connects })),
    { meta: { ...graphMeta, custom } },
  )
  const whole = { name: 'map', meta: { custom: { ...custom, answer } }, fields: [] }
  return [nodes, edges, ...(format === 'node_graph' ? [] : [{ schema: whole, data: { values: [] } }])]
}

function edgeRows(answer: MapAnswer): Record<string, unknown>[] {
  return graphOf(answer).edges.map((e) => ({
    client_service: e.source.label,
    server_service: e.target.label,
    state: e.data.health.state,
    reason: e.data.health.reason,
    client_to_server_bytes: e.data.client_to_server_bytes,
    server_to_client_bytes: e.data.server_to_client_bytes,
    connects: e.data.connects,
    failures: e.data.failures,
    filter: edgeMatchers(e) ?? '',
  }))
}

const serviceRows = (answer: MapAnswer): Record<string, unknown>[] =>
  graphOf(answer).nodes.map((n) => ({
    service: n.label,
    state: n.health,
    reason: n.data.health.reason,
    connects: n.data.connects,
    filter: nodeMatchers(n)?.either ?? '',
  }))

const seriesFrames = ({ time, series, completeness }: SeriesAnswer, fields: string[]): FrameJson[] =>
  Object.entries(series)
    .filter(([name]) => fields.length === 0 || fields.includes(name))
    .map(([name, values]) => ({
      schema: {
        name,
        meta: { type: 'timeseries-multi', custom: { completeness } },
        fields: [
          { name: 'time', type: 'time', config: {} },
          { name, type: 'number', labels: {}, config: {} },
        ],
      },
      data: { values: [time, values] },
    }))

const flowRows = ({ flows }: FlowsAnswer): Record<string, unknown>[] =>
  flows.map((f) => ({
    ...f,
    filter: printMatchers([{ label: 'service', operator: '=', value: f.local_service }]),
  }))

/** New edges against the range before, as the backend's frame of changes is laid out. */
const changeRows = (answer: MapAnswer): Record<string, unknown>[] =>
  graphOf(answer)
    .edges.filter((e) => e.data.change?.kind === 'new')
    .map((e) => ({
      time: answer.range.from + 60_000,
      title: 'New edge',
      text: `${e.source.label} → ${e.target.label}`,
      tags: 'edge,new',
      kind: 'edge',
    }))

/**
 * Stands in for the plugin's backend: a query to frames, as the seam between both sides says. Tests against the real backend put it in
 * the place of this one function.
 */
export async function queryData(json: unknown, { from, to }: Range, ask: AskApi): Promise<FrameJson[]> {
  const read = readQuery(json)
  if ('error' in read) throw new Error(read.error)
  const q: HeadwaterQuery = read.query
  if (to <= from) return []
  const range = { from: String(from), to: String(to) }
  const matched = { ...range, filter: q.filter }
  const grouped = { ...matched, group_by: q.groupBy }
  switch (q.queryType) {
    case 'map':
    case 'edges':
    case 'services': {
      const answer = await ask<MapAnswer>('map', grouped)
      const custom = { completeness: answer.completeness }
      if (q.queryType === 'map' && q.format !== 'table') return mapFrames(answer, q.format)
      if (answer.nodes.length === 0) return []
      const rows = q.queryType === 'services' ? serviceRows(answer) : edgeRows(answer)
      return [table(q.queryType, rows, { meta: { custom }, units: bytes })]
    }
    case 'series':
      return seriesFrames(await ask<SeriesAnswer>('series', matched), q.fields)
    case 'flows': {
      const answer = await ask<FlowsAnswer>('flows', matched)
      const units = { tx_bytes: 'decbytes', rx_bytes: 'decbytes' }
      return [table('flows', flowRows(answer), { times: ['time', 'start'], units, meta: {} })]
    }
    case 'cost': {
      const answer = await ask<CostAnswer>('cost', matched)
      const rows = answer.pairs.map((p) => ({ client_service: p.client.service, cost: p.cost }))
      return [table('cost', rows, { meta: { custom: { answer, completeness: answer.completeness } } })]
    }
    case 'nodes': {
      const answer = await ask<NodesAnswer>('nodes', range)
      const rows = answer.nodes.map((n) => ({ cluster: n.cluster, node: n.node, state: n.state }))
      return [table('nodes', rows, { meta: { custom: { answer, completeness: answer.completeness } } })]
    }
    case 'completeness': {
      const { completeness: c } = await ask<MapAnswer>('map', range)
      const row = { delivered: c.delivered, coverage: c.coverage }
      return [table('completeness', [row], { meta: { custom: { completeness: c } } })]
    }
    case 'changes': {
      const before = { compare_from: String(2 * from - to), compare_to: String(from) }
      const rows = changeRows(await ask<MapAnswer>('map', { ...grouped, ...before }))
      return rows.length === 0 ? [] : [table('changes', rows, { times: ['time'], meta: {} })]
    }
  }
}
