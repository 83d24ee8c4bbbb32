import type { DataFrame, DataLink, Field } from '@grafana/data'
import { printMatchers } from '@headwater/contracts/api'
import { text } from '../look/kinds.js'
import type { Query } from './types.js'

/** What Grafana puts a row's value of a field in for. */
const fieldText = (name: string): string => `$\{__data.fields.${name}}`

interface Place {
  uid: string
  name: string
}

const link = (title: string, place: Place, query: Omit<Query, 'refId'>): DataLink<Query> => ({
  title,
  url: '',
  internal: { datasourceUid: place.uid, datasourceName: place.name, query: { refId: 'A', ...query } },
})

const withLinks = (frame: DataFrame, names: readonly string[], links: DataLink[]): DataFrame => ({
  ...frame,
  fields: frame.fields.map((f) =>
    names.includes(f.name) ? { ...f, config: { ...f.config, links: [...(f.config.links ?? []), ...links] } } : f,
  ),
})

const has = (frame: DataFrame, ...names: string[]): boolean =>
  names.every((name) => frame.fields.some((f) => f.name === name))

/** A column of matchers, one for each row, which links read: the names in it are quoted, whatever they hold. */
function processes(frame: DataFrame): Field {
  const labels = ['process', 'node', 'cluster'] as const
  const columns = labels.map((label) => frame.fields.find((f) => f.name === label))
  const values = Array.from({ length: frame.length }, (_, row) =>
    printMatchers(
      labels.flatMap((label, i) => {
        const value = String(columns[i]?.values[row] ?? '')
        return value === '' ? [] : [{ label, operator: '=' as const, value }]
      }),
    ),
  )
  return {
    name: 'process_filter',
    type: text,
    config: { custom: { hidden: true, hideFrom: { viz: true, legend: true, tooltip: true } } },
    values,
  }
}

const ends = ['client_', 'server_'] as const
/** The columns of a row of edges that name its ends: links stand on all of them. */
const endNames = (frame: DataFrame): string[] =>
  frame.fields.filter((f) => f.type === text && ends.some((e) => f.name.startsWith(e))).map((f) => f.name)

/**
 * Frames with the way on: from an edge to its flows, from a flow to all that its process talks to. `filter` is the backend's hidden column
 * of the matchers that select a row. Frames that come with links keep theirs.
 */
export function linkFrame(frame: DataFrame, type: string | undefined, place: Place): DataFrame {
  if (frame.fields.some((f) => (f.config.links ?? []).length > 0)) return frame
  if ((type === 'edges' || type === 'map') && has(frame, 'filter'))
    return withLinks(frame, endNames(frame), [
      link('Flows of this edge', place, { queryType: 'flows', filter: fieldText('filter') }),
    ])
  if (type === 'flows' && has(frame, 'process')) {
    const joined = { ...frame, fields: [...frame.fields, processes(frame)] }
    return withLinks(
      joined,
      ['process'],
      [
        link('What this process talks to', place, {
          queryType: 'edges',
          groupBy: 'process',
          filter: fieldText('process_filter'),
        }),
      ],
    )
  }
  if (type === 'services' && has(frame, 'filter')) {
    const names = frame.fields.filter((f) => f.type === text && /^(label|service|process|node)$/.test(f.name))
    return withLinks(
      frame,
      names.map((f) => f.name),
      [link('Edges of this service', place, { queryType: 'edges', filter: fieldText('filter') })],
    )
  }
  return frame
}
