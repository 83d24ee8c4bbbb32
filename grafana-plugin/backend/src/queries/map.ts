import type { MapAnswer } from '@headwater/contracts/api'
import type { Frame } from '../frames/frame.ts'
import { type Ask, limitOf, matched } from './ask.ts'
import { edges } from './edges.ts'
import { nodeGraph } from './node-graph.ts'

const MOST = 20_000

/** The answer whole, for the map panel, which says itself what an empty map means. Grafana drops frames without a row. */
const wholeAnswer = (answer: string, { nodes, edges: lines }: MapAnswer, refId: string, custom: object): Frame => ({
  name: 'map',
  refId,
  fields: [{ name: 'answer', type: 'string', values: [`${nodes.length} nodes, ${lines.length} edges`] }],
  meta: { custom: { ...custom } },
  answer,
})

/** The map: for Node Graph, and whole for the map panel. As a table and for alerts it is its edges. */
export async function map(ask: Ask): Promise<Frame[]> {
  const { query, range, refId, api, signal, alert } = ask
  if (alert || query.format === 'table' || query.format === 'long') return edges(ask)
  const parameters = { ...matched(ask), group_by: query.groupBy, limit: limitOf(ask, MOST) }
  const { body, text } = await api.get<MapAnswer>('map', parameters, signal)
  const custom = { completeness: body.completeness, range }
  const frames = nodeGraph(body, refId, custom)
  return query.format === 'node_graph' ? frames : [...frames, wholeAnswer(text, body, refId, custom)]
}
