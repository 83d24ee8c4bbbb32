import { setTimeout as sleep } from 'node:timers/promises'
import type { Problem, StatusAnswer } from '@headwater/contracts/api'
import { DataError, type Fault } from './errors.ts'
import { Gate } from './gate.ts'
import type { Settings } from './settings.ts'
import { get, type RawAnswer } from './transport.ts'
import { mismatch } from './version.ts'

/** The API takes 16 requests at once; others want some of them. */
const gate = new Gate(8, 512)
const RETRIES = 2

export type Parameters = Record<string, string | number | undefined>
export interface Answer<T> {
  body: T
  /** As it came. */
  text: string
}

function problemOf({ headers, body }: RawAnswer): Problem | undefined {
  if (!/\bjson\b/.test(headers['content-type'] ?? '')) return undefined
  try {
    const json = JSON.parse(body.toString('utf8'))
    return typeof json?.detail === 'string' && typeof json.code === 'string' ? json : undefined
  } catch {
    return undefined
  }
}

/** The sentence of the API as a sentence: it begins small, and says nothing at its end. */
const sentence = (text: string): string => {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}

const faultOf = ({ status, code }: Problem): Fault => {
  if (status === 429) return 'busy'
  if (status === 504 || status === 499) return 'timeout'
  if (code === 'query-too-large') return 'too-large'
  if (status === 503) return 'store'
  return status === 421 ? 'settings' : 'request'
}

/** One data source's API: asked with its token, its errors as sentences. */
export class Api {
  constructor(readonly settings: Settings) {}

  /** A request as it comes from the browser. @throws DataError where there is no answer */
  raw(path: string, query: string, signal: AbortSignal): Promise<RawAnswer> {
    return gate.run(() => get(this.settings, path, query, signal), signal).catch((error) => this.fail(error, signal))
  }

  /** @throws DataError with what to do, whatever goes wrong */
  async get<T>(name: string, parameters: Parameters, signal: AbortSignal): Promise<Answer<T>> {
    const given = Object.entries(parameters).filter(([, v]) => v !== undefined)
    const query = new URLSearchParams(given.map(([k, v]): [string, string] => [k, String(v)])).toString()
    const answer = await this.patiently(`api/v1/${name}`, query, signal)
    if (answer.status !== 200) throw await this.refusal(answer, signal)
    const text = answer.body.toString('utf8')
    try {
      const body = JSON.parse(text)
      if (typeof body === 'object' && body !== null) return { body, text }
    } catch {}
    throw this.notHeadwater(answer)
  }

  status(signal: AbortSignal): Promise<Answer<StatusAnswer>> {
    return this.get<StatusAnswer>('status', {}, signal)
  }

  /** Busy for a moment is no error. */
  private async patiently(path: string, query: string, signal: AbortSignal): Promise<RawAnswer> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.raw(path, query, signal)
      if (answer.status !== 429 || attempt === RETRIES) return answer
      const seconds = Number(answer.headers['retry-after'] ?? 1)
      await sleep(Math.min(5, seconds || 1) * 1000, undefined, { signal }).catch((error) => this.fail(error, signal))
    }
  }

  private fail(error: unknown, signal: AbortSignal): never {
    if (error instanceof DataError || !signal.aborted) throw error
    const late = (signal.reason as Error | undefined)?.name === 'TimeoutError'
    throw late
      ? new DataError(
          'timeout',
          `${this.settings.base.origin} did not answer in time: take a shorter time range or a narrower filter.`,
          { cause: error },
        )
      : new DataError('gone', 'The query was cancelled.', { cause: error })
  }

  private notHeadwater({ status, headers }: RawAnswer): DataError {
    const { origin } = this.settings.base
    const where =
      status >= 300 && status < 400 && headers.location ? ` and sends to ${headers.location.slice(0, 200)}` : ''
    const type = headers['content-type']?.slice(0, 60) ?? 'no content type'
    return new DataError(
      'not-headwater',
      `${origin} answers (HTTP ${status}, ${type}${where}), but it is not Headwater: put the URL of Headwater into the settings of the data source.`,
    )
  }

  private async versions(signal: AbortSignal): Promise<{ other: string | undefined; why: string | undefined }> {
    const status = await this.status(signal).catch(() => undefined)
    const other = status?.body.version
    return { other, why: typeof other === 'string' ? mismatch(__VERSION__, other) : undefined }
  }

  /** What fails on an answer that came is, between versions that do not fit, an answer of another shape. @throws what it was */
  async explain(error: unknown, signal: AbortSignal): Promise<never> {
    if (error instanceof DataError) throw error
    const { why } = await this.versions(signal)
    throw why === undefined ? error : new DataError('version', why, { cause: error })
  }

  private async refusal(answer: RawAnswer, signal: AbortSignal): Promise<DataError> {
    const problem = problemOf(answer)
    if (problem === undefined) return this.notHeadwater(answer)
    const { code, parameter } = problem
    const options = { code, ...(parameter !== undefined && { parameter }) }
    if (problem.status === 401) {
      const what =
        this.settings.token === ''
          ? 'The data source has no token'
          : 'Headwater refuses the token of the data source: it is wrong or was changed'
      return new DataError(
        'token',
        `${what}. Put the current one into the settings of the data source; it is in the file "token" of Headwater's data folder, or what HEADWATER_TOKEN says there.`,
        options,
      )
    }
    if (code === 'unknown-parameter' || problem.status === 404) {
      const { other, why } = await this.versions(signal)
      if (why !== undefined) return new DataError('version', why, options)
      return new DataError(
        'version',
        `Headwater${other === undefined ? '' : ` (${other})`} does not know what this plugin (${__VERSION__}) asks for: update the older of them. It says: ${sentence(problem.detail)}`,
        options,
      )
    }
    return new DataError(faultOf(problem), sentence(problem.detail), options)
  }
}
