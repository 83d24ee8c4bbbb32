import type { HeadwaterQuery } from '../../model/query.ts'
import { defaultQuery } from '../../model/query.ts'

/** As deploy/grafana provisions it. */
export const sourceUid = 'headwater'

export interface Rule {
  uid: string
  title: string
  /** Why it is as it is, for whoever reads the file. */
  why: string
  queries: { refId: string; from: number; to?: number; query: Partial<HeadwaterQuery> }[]
  expressions: Expression[]
  for: string
  noData: 'OK' | 'NoData'
  onError: 'KeepLast' | 'Alerting'
  severity: 'critical' | 'warning' | 'info'
  summary: string
  description: string
  /** Labels made of the series' own. */
  labels?: Record<string, string>
}

export type Expression = { refId: string } & (
  | { type: 'reduce'; expression: string; reducer: 'last' | 'mean' | 'max' | 'sum' }
  | { type: 'math'; expression: string }
  | { type: 'threshold'; expression: string; conditions: { evaluator: { type: 'gt' | 'lt'; params: [number] } }[] }
)

export const threshold = (expression: string, type: 'gt' | 'lt', value: number, refId = 'C'): Expression => ({
  refId,
  type: 'threshold',
  expression,
  conditions: [{ evaluator: { type, params: [value] } }],
})

const expr = { type: '__expr__', uid: '__expr__' }

/** What Grafana provisions a rule from. The last expression is the condition. */
export const provisioned = (rule: Rule) => ({
  uid: rule.uid,
  title: rule.title,
  condition: rule.expressions.at(-1)?.refId,
  for: rule.for,
  noDataState: rule.noData,
  execErrState: rule.onError,
  // Of annotations Grafana 12 and 13 replace $ in two ways; the template's own names need none.
  annotations: { summary: rule.summary, description: rule.description },
  labels: { severity: rule.severity, source: 'headwater', ...rule.labels },
  data: [
    ...rule.queries.map(({ refId, from, to = 0, query }) => ({
      refId,
      queryType: query.queryType,
      relativeTimeRange: { from, to },
      datasourceUid: sourceUid,
      model: {
        refId,
        datasource: { type: 'headwater-datasource', uid: sourceUid },
        ...{ intervalMs: 1000, maxDataPoints: 43200 },
        ...defaultQuery,
        ...query,
      },
    })),
    ...rule.expressions.map((expression) => ({
      refId: expression.refId,
      relativeTimeRange: { from: 0, to: 0 },
      datasourceUid: expr.uid,
      model: { datasource: expr, ...expression },
    })),
  ],
})
