import type {
  CostAnswer,
  DemoAnswer,
  DnsAnswer,
  FlowsAnswer,
  MapAnswer,
  NodesAnswer,
  Problem,
  SeriesAnswer,
  StatusAnswer,
} from '@headwater/contracts'

const TIMEOUT_MS = 30_000

/** An answer that is not what was asked for, as a problem document: the API's own, or made here where there was none. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  constructor(readonly problem: Problem) {
    super(problem.detail)
  }
}

type Parameters = Record<string, string | undefined>

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'title' in value && 'detail' in value

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => undefined)
  if (isProblem(body)) return { ...body, status: body.status ?? response.status, code: body.code ?? 'unknown' }
  return {
    type: 'about:blank',
    title: `HTTP ${response.status}`,
    status: response.status,
    detail: response.statusText || 'The server gave no reason.',
    code: 'http',
  }
}

export const noAnswer = (cause: unknown): Problem => ({
  type: 'about:blank',
  title: 'No answer from Headwater',
  status: 0,
  detail:
    cause instanceof DOMException && cause.name === 'TimeoutError'
      ? `The query took longer than ${TIMEOUT_MS / 1000} seconds. A shorter range is faster.`
      : 'The server cannot be reached. Is it still running?',
  code: 'unreachable',
})

/** The query API on the origin that the console came from. */
export class Api {
  constructor(
    private readonly token: string,
    private readonly onRefused: () => void,
  ) {}

  map = (p: Parameters, signal: AbortSignal): Promise<MapAnswer> => this.get('map', p, signal)
  series = (p: Parameters, signal: AbortSignal): Promise<SeriesAnswer> => this.get('series', p, signal)
  flows = (p: Parameters, signal: AbortSignal): Promise<FlowsAnswer> => this.get('flows', p, signal)
  dns = (p: Parameters, signal: AbortSignal): Promise<DnsAnswer> => this.get('dns', p, signal)
  cost = (p: Parameters, signal: AbortSignal): Promise<CostAnswer> => this.get('cost', p, signal)
  nodes = (p: Parameters, signal: AbortSignal): Promise<NodesAnswer> => this.get('nodes', p, signal)
  status = (signal: AbortSignal): Promise<StatusAnswer> => this.get('status', {}, signal)

  /** null: nothing is demonstrated here. */
  demo = async (signal: AbortSignal): Promise<DemoAnswer | null> => {
    try {
      return await this.get('demo', {}, signal)
    } catch (error) {
      if (error instanceof ApiError && error.problem.status === 404) return null
      throw error
    }
  }
  switchFault = (id: string, on: boolean): Promise<DemoAnswer> =>
    this.ask('demo/faults', new AbortController().signal, {
      method: 'POST',
      body: JSON.stringify({ id, on }),
      headers: { 'content-type': 'application/json' },
    })

  private get<T>(path: string, parameters: Parameters, signal: AbortSignal): Promise<T> {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(parameters))
      if (value !== undefined && value !== '') query.set(name, value)
    const text = query.toString()
    return this.ask(path + (text && `?${text}`), signal)
  }

  private async ask<T>(path: string, signal: AbortSignal, request: RequestInit = {}): Promise<T> {
    let response: Response
    try {
      response = await fetch(`/api/v1/${path}`, {
        ...request,
        headers: { ...request.headers, authorization: `Bearer ${this.token}`, accept: 'application/json' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        cache: 'no-store',
      })
    } catch (cause) {
      if (signal.aborted) throw cause
      throw new ApiError(noAnswer(cause))
    }
    if (response.status === 401) this.onRefused()
    if (!response.ok) throw new ApiError(await problemOf(response))
    return (await response.json()) as T
  }
}
