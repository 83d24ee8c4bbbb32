import { type TimeRange, urlUtil } from '@grafana/data'
import type { Query } from '../datasource/types.js'

/** The address of Explore with a query and a range. */
export function exploreUrl(datasource: string, query: Omit<Query, 'refId'>, range?: TimeRange): string {
  const raw = (t: TimeRange['raw']['from']): string => (typeof t === 'string' ? t : String(t.valueOf()))
  const target = { refId: 'A', datasource: { type: 'headwater-datasource', uid: datasource }, ...query }
  const pane = {
    datasource,
    queries: [target],
    ...(range && { range: { from: raw(range.raw.from), to: raw(range.raw.to) } }),
  }
  return urlUtil.renderUrl('/explore', { schemaVersion: 1, panes: JSON.stringify({ a: pane }), orgId: 1 })
}
