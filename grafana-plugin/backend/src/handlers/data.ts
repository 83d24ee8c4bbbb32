import { readQuery } from '../../../model/query.ts'
import { Api } from '../api/client.ts'
import { asDataError, DataError } from '../api/errors.ts'
import { readSettings } from '../api/settings.ts'
import { encodeFrame } from '../frames/arrow.ts'
import { log } from '../log.ts'
import type { DataQuery, DataResponse, QueryDataRequest } from '../plugin/messages.ts'
import { runQuery } from '../queries/queries.ts'
import type { Metrics } from './metrics.ts'

/** Grafana's marks of a call for an alert rule; header names come in any case. */
const isAlert = (headers: Record<string, string>): boolean =>
  Object.entries(headers).some(([name, value]) => /^(http_)?fromalert$/i.test(name) && value === 'true')

function failed(error: DataError): DataResponse {
  if (error.fault === 'plugin')
    log('error', 'a query failed', { error: String((error.cause as Error)?.stack ?? error.cause) })
  // An error without text counts as success.
  const text = error.message || 'The query failed.'
  return { frames: [], error: text, status: error.status, errorSource: error.source }
}

function parse({ json, queryType }: DataQuery): unknown {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(json).toString('utf8') || '{}')
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return parsed
    return 'queryType' in parsed || queryType === '' ? parsed : { ...parsed, queryType }
  } catch (error) {
    throw new DataError('request', 'The query is not JSON.', { cause: error })
  }
}

async function answer(asked: DataQuery, request: QueryDataRequest, signal: AbortSignal): Promise<DataResponse> {
  const read = readQuery(parse(asked))
  if ('error' in read) throw new DataError('request', read.error)
  const api = new Api(readSettings(request.pluginContext))
  const { fromEpochMS: from = 0, toEpochMS: to = 0 } = asked.timeRange ?? {}
  const frames = await runQuery({
    query: read.query,
    refId: asked.refId,
    range: { from, to },
    intervalMs: asked.intervalMS,
    maxDataPoints: asked.maxDataPoints,
    alert: isAlert(request.headers),
    api,
    signal,
  }).catch((error) => api.explain(error, signal))
  return { frames: frames.map(encodeFrame), status: 200 }
}

/** QueryData: each query on its own, so that one error leaves the others their frames. */
export const queryData =
  (metrics: Metrics) =>
  async (request: QueryDataRequest, signal: AbortSignal): Promise<{ responses: Record<string, DataResponse> }> => {
    const responses = await Promise.all(
      request.queries.map(async (asked): Promise<[string, DataResponse]> => {
        const begin = performance.now()
        const response = await answer(asked, request, signal).catch((error) => failed(asDataError(error)))
        metrics.query(response.status, (performance.now() - begin) / 1000)
        return [asked.refId, response]
      }),
    )
    return { responses: Object.fromEntries(responses) }
  }
