import type { MapNode, ServicesAnswer } from '@headwater/contracts/api'
import type { Frame } from '../frames/frame.ts'
import { type Ask, limitOf, matched } from './ask.ts'
import { linkTo, matchersOf } from './links.ts'
import { healthRow, ratio } from './measures.ts'
import { labelColumns, modelColumns, tableFrames } from './tables.ts'

const MOST = 20_000

/** Labels that tell a node apart: its own, or what it is called where it is made of many. */
export const nodeLabels = (node: MapNode, groupBy: string): Record<string, string> =>
  (node.labels[groupBy] ?? '') === '' ? { ...node.labels, [groupBy]: node.label } : node.labels

/** The nodes of the map, a row each, with a link to its edges. */
export async function services(ask: Ask): Promise<Frame[]> {
  const { query, range, api, signal } = ask
  const parameters = { ...matched(ask), group_by: query.groupBy, limit: limitOf(ask, MOST) }
  const { body, text } = await api.get<ServicesAnswer>('services', parameters, signal)
  const seconds = (body.range.to - body.range.from) / 1000
  const labels = body.services.map((node) => nodeLabels(node, query.groupBy))
  const rows = body.services.map((node, i) => ({
    ...labels[i],
    ...healthRow(node.health),
    since: node.health.since,
    class: node.class,
    observed: node.observed,
    self: node.self,
    connects: node.connects,
    accepts: node.accepts,
    failures: node.failures,
    failure_ratio: ratio(node.failures, node.connects + node.failures),
    open: node.open,
    tx_bytes: node.tx_bytes,
    rx_bytes: node.rx_bytes,
    tx_bytes_per_second: node.tx_bytes / seconds,
    rx_bytes_per_second: node.rx_bytes / seconds,
    filter: matchersOf(node.labels),
  }))
  const links = [linkTo(api.settings, 'Edges of this one', { queryType: 'edges', groupBy: query.groupBy })]
  return tableFrames(ask, {
    name: 'services',
    columns: [...labelColumns(labels), ...modelColumns(ask)],
    rows,
    total: body.total,
    dress: { links: { [query.groupBy]: links } },
    custom: { completeness: body.completeness, range },
    answer: text,
  })
}
