import type { SeriesAnswer } from '@headwater/contracts/api'
import { alertField, type Column, seriesFields } from '../../../model/columns.ts'
import { DataError } from '../api/errors.ts'
import type { Field, Frame, FrameMeta } from '../frames/frame.ts'
import type { Row } from '../frames/table.ts'
import { type Ask, checkAlertSeries, limitOf, matched } from './ask.ts'
import { stepOf } from './step.ts'
import { labelColumns, modelColumns, tableFrames } from './tables.ts'

type Numbers = (number | null)[]
type Group = NonNullable<SeriesAnswer['groups']>[number]

const MOST = 2_000

/** What a series is called in a legend. */
export function seriesName(labels: Record<string, string>, { split, groupBy }: Ask['query']): string {
  const end = (side: string) => labels[`${side}_${groupBy}`] || labels[`${side}_service`] || 'unknown'
  if (split === 'none') return ''
  return split === 'edge' ? `${end('client')} → ${end('server')}` : end(split)
}

/** Alerts get whole steps that have a number: the step under way is low by what is still to come, and null becomes NaN, which fires. */
function pointsOf(time: readonly number[], values: Numbers, { alert, range }: Ask, step: number) {
  const points = time.map((t, i) => ({ t, value: values[i] ?? null }))
  if (!alert) return points
  const whole = points.filter(({ t }) => t >= range.from && t + step <= range.to)
  return (whole.length > 0 ? whole : points).filter(({ value }) => value !== null)
}

/** One number over time. */
interface Series {
  name: string
  times: number[]
  number: Field
}

function seriesOf(ask: Ask, answer: SeriesAnswer, { labels, series }: Group, column: Column): Series | undefined {
  const points = pointsOf(answer.time, series[column.name as keyof Group['series']], ask, answer.step_ms)
  if (points.every(({ value }) => value === null)) return undefined
  const given = Object.fromEntries(Object.entries(labels).filter(([, v]) => v !== ''))
  const name = seriesName(labels, ask.query)
  const displayNameFromDS = [name, ask.query.fields.length === 1 && name !== '' ? '' : column.name]
    .filter(Boolean)
    .join(' ')
  const head = {
    name: column.name,
    ...(Object.keys(given).length > 0 && { labels: given }),
    config: { displayNameFromDS, ...(column.unit !== 'short' && column.unit !== undefined && { unit: column.unit }) },
  }
  const values = points.map((p) => p.value)
  const whole = values.every((v): v is number => v !== null)
  const number: Field = whole ? { ...head, type: 'number', values } : { ...head, type: 'nullable-number', values }
  return { name: displayNameFromDS, times: points.map((p) => p.t), number }
}

const sameTimes = (all: readonly Series[]): boolean =>
  all.every(({ times }) => times.length === all[0]?.times.length && times.every((t, i) => t === all[0]?.times[i]))

/** One frame for all where they have the same times, so that many are one Arrow file; else one for each: a gap is no null for an alert. */
function seriesFrames(ask: Ask, answer: SeriesAnswer, all: readonly Series[]): Frame[] {
  const frame = (type: NonNullable<FrameMeta['type']>, name: string, times: number[], numbers: Field[]): Frame => ({
    name,
    refId: ask.refId,
    fields: [{ name: 'time', type: 'time', values: times, config: { interval: answer.step_ms } }, ...numbers],
    meta: {
      type,
      typeVersion: [0, 1],
      preferredVisualisationType: 'graph',
      custom: { completeness: answer.completeness, range: ask.range },
    },
  })
  const [first] = all
  if (first !== undefined && all.length > 1 && sameTimes(all)) {
    const numbers = all.map(({ number }) => number)
    return [frame('timeseries-wide', '', first.times, numbers)]
  }
  return all.map(({ name, times, number }) => frame('timeseries-multi', name, times, [number]))
}

/** A whole series in one number: what adds up added, means and levels as their mean. */
function totals(group: Group): Row {
  const number = (name: string, values: Numbers): number | null => {
    const given = values.filter((v) => v !== null)
    const total = given.reduce((a, b) => a + b, 0)
    if (given.length === 0) return null
    return name.endsWith('_us') || name === 'open' ? total / given.length : total
  }
  const numbers = Object.entries(group.series).map(([name, values]) => [name, number(name, values)])
  return { ...group.labels, ...Object.fromEntries(numbers) }
}

function fieldsOf({ query, alert }: Ask): Column[] {
  const names = query.fields.length > 0 ? query.fields : alert ? [alertField(query)] : seriesFields.slice(0, 2)
  const columns: Column[] = []
  for (const name of names) {
    const column = modelColumns({ query } as Ask).find((c) => c.name === name)
    if (column === undefined)
      throw new DataError(
        'request',
        `There is no field ${JSON.stringify(name)} of series; there are ${seriesFields.join(', ')}.`,
        { parameter: 'fields' },
      )
    columns.push(column)
  }
  return columns
}

/** What is measured over time: a frame for each field, and with a split for each edge, client or server. */
export async function series(ask: Ask): Promise<Frame[]> {
  const { query, api, signal } = ask
  const columns = fieldsOf(ask)
  const split = query.split === 'none' ? {} : { split: query.split, group_by: query.groupBy, limit: limitOf(ask, MOST) }
  const { body } = await api.get<SeriesAnswer>('series', { ...matched(ask), step: stepOf(ask), ...split }, signal)
  const groups: Group[] = query.split === 'none' ? [{ labels: {}, series: body.series }] : (body.groups ?? [])
  const leftOut = body.groups_left_out ?? 0
  checkAlertSeries(ask, (groups.length + leftOut) * columns.length)
  if (isNothing(body)) return []
  if (!ask.alert && (query.format === 'long' || query.format === 'table')) {
    const table = {
      name: 'series',
      total: groups.length + leftOut,
      custom: { completeness: body.completeness, range: ask.range },
    }
    const names = labelColumns(groups.map((g) => g.labels))
    if (query.format === 'long')
      return tableFrames(ask, { ...table, columns: [...names, ...modelColumns(ask)], rows: groups.map(totals) })
    const rows = groups.flatMap((group) => points(body, group))
    return tableFrames(ask, {
      ...table,
      columns: [{ name: 'time', kind: 'time' }, ...names, ...modelColumns(ask)],
      rows,
      total: rows.length,
    })
  }
  const all = groups.flatMap((group) => columns.flatMap((column) => seriesOf(ask, body, group, column) ?? []))
  const frames = seriesFrames(ask, body, all)
  const [head] = frames
  if (head !== undefined && leftOut > 0)
    head.meta.notices = [
      {
        severity: 'info',
        text: `The ${groups.length} biggest of ${groups.length + leftOut}: raise the limit, or narrow the filter.`,
      },
    ]
  return frames
}

/** Nothing was seen and no agent was heard: that is no series of zeros. Where an agent was heard, zeros are what it saw. */
const isNothing = ({ series: all, completeness }: SeriesAnswer): boolean =>
  completeness.nodes_heard === 0 &&
  Object.values(all).every((values) => (values as Numbers).every((v) => v === null || v === 0))

/** Rows of a table: one for each step of each group. */
const points = (body: SeriesAnswer, { labels, series }: Group): Row[] =>
  body.time.map((time, i) => ({
    time,
    ...labels,
    ...Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values[i]])),
  }))
