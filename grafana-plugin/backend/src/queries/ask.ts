import type { HeadwaterQuery } from '../../../model/query.ts'
import { MAX_ALERT_SERIES } from '../../../model/query.ts'
import type { Api, Parameters } from '../api/client.ts'
import { DataError } from '../api/errors.ts'

/** One query of a request, read and checked. */
export interface Ask {
  query: HeadwaterQuery
  refId: string
  /** Unix ms */
  range: { from: number; to: number }
  intervalMs: number
  maxDataPoints: number
  /** Grafana evaluates an alert rule with it. */
  alert: boolean
  api: Api
  signal: AbortSignal
}

/** Parameters that all but nodes and completeness take. */
export const matched = ({ query, range }: Ask): Parameters => ({
  ...range,
  ...(query.filter !== '' && { filter: query.filter }),
  ...(query.self && { self: '1' }),
})

/** An alert looks at everything that matches: what is cut off would never fire. */
export const limitOf = ({ query, alert }: Ask, most: number): number => (alert ? most : Math.min(query.limit, most))

/** @throws DataError where an alert would be of more series than Grafana bears */
export function checkAlertSeries({ alert }: Ask, series: number): void {
  if (!alert || series <= MAX_ALERT_SERIES) return
  const [made, most] = [series, MAX_ALERT_SERIES].map((n) => n.toLocaleString('en'))
  throw new DataError(
    'too-large',
    `This query makes ${made} series, and an alert rule may have ${most}: narrow its filter, or group it more coarsely.`,
    { code: 'too-many-series' },
  )
}
