import type { DataQuery, DataSourceRef } from '@grafana/schema'
import { defaultQuery, type HeadwaterQuery } from '../../model/query.ts'

/** The dashboard's own choice of data source, so that it works with any number of them under any uid. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own placeholder
export const source: DataSourceRef = { type: 'headwater-datasource', uid: '${datasource}' }

/** A query where a variable may stand for the grouping. */
export type Asked = Partial<Omit<HeadwaterQuery, 'queryType' | 'groupBy'>> & {
  queryType: HeadwaterQuery['queryType']
  groupBy?: HeadwaterQuery['groupBy'] | '$grouping'
}
export type Target = DataQuery & Record<string, unknown>

/** Every key is written out: a default that changes some day does not change dashboards that stand. */
export const target = (asked: Asked, refId = 'A'): Target => ({
  refId,
  datasource: source,
  ...defaultQuery,
  ...asked,
})

/** One number with labels: all of them, or those that are named. */
export const number = (
  queryType: Asked['queryType'],
  field: string,
  { by = [], ...more }: Omit<Asked, 'queryType'> & { by?: string[] } = {},
): Asked => ({
  queryType,
  format: 'long',
  fields: [field, ...by],
  ...more,
})
