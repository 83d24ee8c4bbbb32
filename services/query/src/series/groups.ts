import type { SeriesAnswer } from '@headwater/contracts'
import { badParameter } from '../http/problem.js'
import type { Database } from '../sql/database.js'
import { type End, endColumn, ends } from '../sql/labels.js'
import { namesFarEnds } from '../sql/naming.js'
import { OPEN_SERIES_RANGE_MS, openSeriesStatement } from '../sql/series.js'
import {
  type GroupOpenRow,
  type GroupRow,
  type GroupsQuery,
  groupCountStatement,
  groupedRowsOf,
  groupKeys,
  groupsStatement,
  groupWeight,
  openGroups,
} from '../sql/series-groups.js'
import { shapeSeries } from './shape.js'

export type SeriesSplit = 'edge' | 'client' | 'server'
type Groups = Required<Pick<SeriesAnswer, 'groups' | 'groups_left_out'>>

/** Of all series of one answer together. */
const MAX_POINTS = 1_000_000

export const splitEnds = (split: SeriesSplit): readonly End[] => (split === 'edge' ? ends : [split])

/** @throws ProblemError 400 where that many steps of that many series are too many */
export function checkPoints(steps: number, limit: number): void {
  if (steps * limit > MAX_POINTS)
    throw badParameter(
      'step',
      `step: ${steps} steps of ${limit} series are more than ${MAX_POINTS} numbers; take a longer step, or a lower limit`,
    )
}

/** The labels of a group; an end that has no name goes by its service or address. */
function labelsOf(row: Record<string, unknown>, { rule, ends: of }: GroupsQuery): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const end of of) {
    for (const label of rule.labels) labels[endColumn(end, label)] = String(row[endColumn(end, label)] ?? '')
    const standIn = String(row[`${end}_fallback`] ?? '')
    if (standIn !== '') labels[endColumn(end, 'service')] = standIn
  }
  if (of.length > 1) labels.transport = String(row.transport ?? '')
  return labels
}

/** A series for each of the biggest edges, clients or servers. */
export async function readGroups(database: Database, asked: GroupsQuery, time: readonly number[]): Promise<Groups> {
  const query = { ...asked, farEnds: await namesFarEnds(database, groupedRowsOf(asked)) }
  const followed = query.range.to - query.range.from <= OPEN_SERIES_RANGE_MS
  const [rows, changes] = await Promise.all([
    database.rows<GroupRow>(groupsStatement(query)),
    followed ? database.rows<GroupOpenRow>(openSeriesStatement(query, openGroups(query))) : undefined,
  ])
  const keys = groupKeys(query)
  const keyOf = (row: GroupRow | GroupOpenRow) => JSON.stringify(keys.map((k) => row[k]))
  const byGroup = Map.groupBy(rows, keyOf)
  const open = changes && Map.groupBy(changes, keyOf)
  const weighed = [...byGroup].map(([key, steps]) => ({
    labels: labelsOf(steps[0] as GroupRow, query),
    series: shapeSeries(time, steps, open && (open.get(key) ?? [])),
    weight: steps.reduce((sum, step) => sum + groupWeight(step), 0),
  }))
  weighed.sort((a, b) => b.weight - a.weight)
  const groups = weighed.map(({ labels, series }) => ({ labels, series }))
  if (groups.length < query.limit) return { groups, groups_left_out: 0 }
  const [count] = await database.rows<{ groups: number }>(groupCountStatement(query))
  return { groups, groups_left_out: Math.max(0, (count?.groups ?? 0) - groups.length) }
}
