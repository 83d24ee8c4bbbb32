import { BusError, type BusErrorCode, type Topic, topics } from '@headwater/contracts/bus'

/*
 * The local bus on the wire: HTTP/1.1 over a Unix socket, one request per message.
 *
 *   POST /v1/topics/headwater.flows.v1 HTTP/1.1
 *   content-type: application/octet-stream
 *   content-length: 73211
 *   headwater-key: base64url(UTF-8 of the key)
 *   headwater-headers: base64url(JSON object of strings)
 *
 *   <the message's bytes>
 *
 * Answers: 204 the rows are durable; otherwise {"code": BusErrorCode, "message": "...", "retry_after_ms": 200}.
 */
export const PATH_PREFIX = '/v1/topics/'
export const KEY_HEADER = 'headwater-key'
export const HEADERS_HEADER = 'headwater-headers'

/** Bytes of key and headers together, before base64; Node refuses HTTP heads above 16 KiB. */
export const MAX_HEAD_BYTES = 8 * 1024

/** Status of each error on the wire; 503 carries Retry-After. */
export const statusOf: Readonly<Record<BusErrorCode, number>> = {
  unavailable: 503,
  backpressure: 503,
  'no-topic': 503,
  stopped: 503,
  'too-large': 413,
  misconfigured: 400,
  unauthorized: 403,
}

const known = new Set<string>(Object.values(topics))

export const encodeText = (text: string): string => Buffer.from(text, 'utf8').toString('base64url')
const decodeText = (text: string): string => Buffer.from(text, 'base64url').toString('utf8')

/** @throws BusError misconfigured */
export function topicOf(url: string | undefined): Topic {
  const name = url?.startsWith(PATH_PREFIX) ? url.slice(PATH_PREFIX.length) : undefined
  if (name === undefined || !known.has(name))
    throw new BusError('misconfigured', `no topic at ${JSON.stringify(url)}: agent and ingest differ in version?`)
  return name as Topic
}

/** Key and headers of a request. @throws BusError misconfigured */
export function readHead(heads: Record<string, string | string[] | undefined>): {
  key: string
  headers: Record<string, string>
} {
  const text = (name: string): string => {
    const value = heads[name]
    if (typeof value !== 'string') throw new BusError('misconfigured', `header ${name} is missing`)
    return decodeText(value)
  }
  const key = text(KEY_HEADER)
  let headers: unknown
  try {
    headers = JSON.parse(text(HEADERS_HEADER))
  } catch (cause) {
    throw new BusError('misconfigured', `header ${HEADERS_HEADER} is not JSON`, { cause })
  }
  if (typeof headers !== 'object' || headers === null || Object.values(headers).some((v) => typeof v !== 'string'))
    throw new BusError('misconfigured', `header ${HEADERS_HEADER} is not an object of strings`)
  return { key, headers: headers as Record<string, string> }
}

/** The error that an answer stands for. */
export function errorOf(status: number, body: string): BusError {
  try {
    const { code, message, retry_after_ms: retryAfterMs } = JSON.parse(body) as Record<string, unknown>
    if (typeof code === 'string' && code in statusOf && typeof message === 'string')
      return new BusError(code as BusErrorCode, message, typeof retryAfterMs === 'number' ? { retryAfterMs } : {})
  } catch {
    // Not one of ours: told by its status below.
  }
  return new BusError(status >= 500 ? 'unavailable' : 'misconfigured', `the local bus answered ${status}`)
}
