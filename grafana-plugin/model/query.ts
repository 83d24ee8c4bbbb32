import { type Grouping, groupings } from '@headwater/contracts/api'
import { z } from 'zod'

/** What a query of the data source may ask for. */
export const queryTypes = [
  'map',
  'services',
  'edges',
  'series',
  'flows',
  'dns',
  'cost',
  'nodes',
  'completeness',
  'changes',
] as const
export type QueryType = (typeof queryTypes)[number]

/** What a series is split by: one labelled series for each. */
export const splits = ['none', 'edge', 'client', 'server'] as const
export type Split = (typeof splits)[number]

/** `long`: one number and the labels of what it is of, for alerts. */
export const formats = ['frames', 'table', 'node_graph', 'long'] as const
export type Format = (typeof formats)[number]

/** The API's answers hold no more of anything than this. */
export const MAX_LIMIT = 20_000
/** The most series or rows that an alert rule may make: Grafana evaluates each of them. */
export const MAX_ALERT_SERIES = 2_000

const oneOf = <const T extends readonly [string, ...string[]]>(values: T, what: string) =>
  z.enum(values, {
    error: (issue) => `There is no ${what} ${JSON.stringify(issue.input)}; there are ${values.join(', ')}.`,
  })

const text = (what: string, max: number) =>
  z
    .string({ error: `The ${what} of the query is not a text.` })
    .max(max, { error: `The ${what} of the query is longer than ${max} characters.` })

/** A query as a panel, an alert rule or Explore stores it; Grafana's own keys (refId, datasource, hide) are left aside. */
export const querySchema = z.object({
  queryType: oneOf(queryTypes, 'query type').default('map'),
  filter: text('filter', 4096).default('').describe('Prometheus matchers; all of them must hold'),
  groupBy: oneOf(groupings, 'grouping').default('service'),
  split: oneOf(splits, 'split').default('none'),
  fields: z
    .array(text('field', 64), { error: 'The fields of the query are not a list of names.' })
    .max(100, { error: 'A query takes at most 100 fields.' })
    .default([]),
  format: oneOf(formats, 'format').default('frames'),
  limit: z
    .number({ error: 'The limit of the query is not a number.' })
    .int({ error: 'The limit of the query is not a whole number.' })
    .min(1, { error: 'The limit of the query is below 1.' })
    .max(MAX_LIMIT, { error: `The limit of the query is above ${MAX_LIMIT}.` })
    .default(500),
  self: z.boolean({ error: 'The key "self" of the query is neither true nor false.' }).default(false),
})
export type HeadwaterQuery = z.infer<typeof querySchema>

export const defaultQuery: HeadwaterQuery = querySchema.parse({})

/** A query out of JSON that anyone may have written: complete, or one sentence that says what is wrong with it. */
export function readQuery(json: unknown): { query: HeadwaterQuery } | { error: string } {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { error: 'The query is not a JSON object.' }
  // The editor of Grafana keeps keys that were cleared as null.
  const given = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null && value !== ''))
  const parsed = querySchema.safeParse(given)
  if (parsed.success) return { query: parsed.data }
  return { error: parsed.error.issues[0]?.message ?? 'The query cannot be read.' }
}

const grouped: readonly QueryType[] = ['map', 'services', 'edges', 'series', 'changes']
export const takesGrouping = (type: QueryType): boolean => grouped.includes(type)
export const takesFilter = (type: QueryType): boolean => type !== 'nodes' && type !== 'completeness'

/** A query in words, for lists of queries and for messages. */
export function queryText({ queryType, filter, groupBy, split, fields }: HeadwaterQuery): string {
  const by = takesGrouping(queryType) ? ` by ${groupBy satisfies Grouping}` : ''
  const per = queryType === 'series' && split !== 'none' ? ` for each ${split}` : ''
  const what = fields.length === 0 ? '' : `${fields.join(', ')} of `
  return `${what}${queryType}${by}${per}${takesFilter(queryType) && filter !== '' ? ` where ${filter}` : ''}`
}
