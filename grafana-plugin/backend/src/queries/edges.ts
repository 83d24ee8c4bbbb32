import type { EdgesAnswer } from '@headwater/contracts/api'
import type { Frame } from '../frames/frame.ts'
import { type Ask, limitOf, matched } from './ask.ts'
import { linkTo, matchersOf } from './links.ts'
import { healthRow, statsRow } from './measures.ts'
import { labelColumns, modelColumns, tableFrames } from './tables.ts'

const MOST = 10_000

/** Who talks to whom: a row for each edge, with a link to its flows. */
export async function edges(ask: Ask): Promise<Frame[]> {
  const { query, range, api, signal } = ask
  const parameters = { ...matched(ask), group_by: query.groupBy, limit: limitOf(ask, MOST) }
  const { body } = await api.get<EdgesAnswer>('edges', parameters, signal)
  const seconds = (body.range.to - body.range.from) / 1000
  const rows = body.edges.map(({ labels, counted, health, ...stats }) => ({
    ...labels,
    ...healthRow(health),
    ...statsRow(stats, seconds),
    counted,
    filter: matchersOf(labels),
  }))
  const names = labelColumns(body.edges.map((e) => e.labels))
  const links = [linkTo(api.settings, 'Flows of this edge', { queryType: 'flows' })]
  const linked = names.filter((c) => c.name.endsWith(`_${query.groupBy}`) || c.name.endsWith('_service'))
  return tableFrames(ask, {
    name: 'edges',
    columns: [...names, ...modelColumns(ask)],
    rows,
    total: body.total,
    dress: { links: Object.fromEntries(linked.map((c) => [c.name, links])) },
    custom: { completeness: body.completeness, range },
  })
}
