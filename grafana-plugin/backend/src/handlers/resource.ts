import { Api } from '../api/client.ts'
import { asDataError, DataError } from '../api/errors.ts'
import { readSettings } from '../api/settings.ts'
import type { CallResourceRequest, CallResourceResponse } from '../plugin/messages.ts'

/** What the browser may ask the API for, with the token that it does not have: reading only. */
export const allowed = [
  'values',
  'status',
  'map',
  'services',
  'edges',
  'series',
  'flows',
  'dns',
  'cost',
  'nodes',
  'completeness',
]

const JSON_TYPE = 'application/json; charset=utf-8'
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

function response(code: number, type: string, body: Uint8Array): CallResourceResponse {
  const headers = { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  const lists = Object.entries(headers).map(([name, value]) => [name, { values: [value] }])
  return { code, headers: Object.fromEntries(lists), body }
}

const titles: Record<number, string> = { 404: 'Not found', 405: 'Method not allowed' }

const problem = (status: number, code: string, detail: string, more: object = {}): CallResourceResponse =>
  response(
    status,
    PROBLEM_TYPE,
    Buffer.from(
      JSON.stringify({
        type: `urn:headwater:problem:${code}`,
        title: titles[status] ?? 'Error',
        status,
        detail,
        code,
        ...more,
      }),
    ),
  )

/** A problem document for an error; the API's own code and parameter stay. */
function problemOf(error: DataError): CallResourceResponse {
  const { code = error.fault, parameter } = error.options
  return problem(error.status, code, error.message, parameter === undefined ? {} : { parameter })
}

export async function callResource(request: CallResourceRequest, signal: AbortSignal): Promise<CallResourceResponse> {
  const path = request.path.replace(/^\/+/, '')
  if (request.method.toUpperCase() !== 'GET')
    return problem(405, 'method-not-allowed', `${request.method.slice(0, 20)} is not possible here; GET is.`)
  if (!allowed.includes(path))
    return problem(
      404,
      'not-found',
      `There is no resource ${JSON.stringify(path.slice(0, 100))}; there are ${allowed.join(', ')}.`,
    )
  try {
    const api = new Api(readSettings(request.pluginContext))
    const mark = request.url.indexOf('?')
    const parameters = Object.fromEntries(new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1)))
    const { text } = await api.get(path, parameters, signal)
    return response(200, JSON_TYPE, Buffer.from(text))
  } catch (error) {
    return problemOf(asDataError(error))
  }
}
