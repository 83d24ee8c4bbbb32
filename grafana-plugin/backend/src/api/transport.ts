import http from 'node:http'
import https from 'node:https'
import { DataError } from './errors.ts'
import type { Settings } from './settings.ts'
import { unreachable } from './unreachable.ts'

/** Largest answer that is read. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024

export interface RawAnswer {
  status: number
  headers: http.IncomingHttpHeaders
  body: Buffer
}

const kept = { keepAlive: true, keepAliveMsecs: 10_000, maxFreeSockets: 4, timeout: 60_000 }
const plain = new http.Agent(kept)
const secure = new https.Agent(kept)
const unverified = new https.Agent({ ...kept, rejectUnauthorized: false })

const tooLarge = () =>
  new DataError(
    'too-large',
    `The answer is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MB: take a shorter time range, a narrower filter or a lower limit.`,
  )

async function bodyOf(response: http.IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response) {
    length += part.length
    if (length > MAX_ANSWER_BYTES) throw tooLarge()
    parts.push(part)
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length)
}

function send(settings: Settings, url: URL, signal: AbortSignal): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const tls = url.protocol === 'https:'
  const agent = tls ? (settings.tlsSkipVerify ? unverified : secure) : plain
  const headers = {
    accept: 'application/json',
    'user-agent': `headwater-grafana/${__VERSION__}`,
    ...(settings.token !== '' && { authorization: `Bearer ${settings.token}` }),
  }
  const request = (tls ? https : http).request(url, { agent, headers, signal }, (response) => {
    bodyOf(response).then(
      (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      reject,
    )
  })
  // A kept connection that the other side has just closed says nothing of the server: once more on a new one.
  request.on('error', (error: NodeJS.ErrnoException) =>
    request.reusedSocket && error.code === 'ECONNRESET' ? resolve(send(settings, url, signal)) : reject(error),
  )
  request.end()
  return promise
}

/** One GET of the API, whatever it answers. @throws DataError where there is no answer */
export async function get(settings: Settings, path: string, query: string, signal: AbortSignal): Promise<RawAnswer> {
  const url = new URL(path, settings.base)
  url.search = query
  try {
    return await send(settings, url, signal)
  } catch (error) {
    if (error instanceof DataError) throw error
    if (signal.aborted) throw signal.reason
    throw unreachable(settings, error as NodeJS.ErrnoException)
  }
}
