import { type Flow, type FlowsAnswer, type Problem } from '@headwater/contracts'
import { UserError } from '@headwater/contracts/runtime'

/** Flows of one page of the API: it gives newest first. */
const PAGE = 2_000

export interface FlowQuery {
  from: string
  filter: string
  self: boolean
}

/** The flows of a running Headwater, over its HTTP API. */
export class FlowsClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** At most `limit` flows that match, newest first. @throws UserError */
  async flows({ from, filter, self }: FlowQuery, limit: number, signal?: AbortSignal): Promise<Flow[]> {
    const flows: Flow[] = []
    for (let cursor: string | null = ''; cursor !== null && flows.length < limit; ) {
      const params: Record<string, string> = { from, filter, self: self ? '1' : '0' }
      params.limit = String(Math.min(PAGE, limit - flows.length))
      if (cursor !== '') params.cursor = cursor
      const page: FlowsAnswer = await this.#get(`/api/v1/flows?${new URLSearchParams(params)}`, signal)
      flows.push(...page.flows)
      cursor = page.cursor
    }
    return flows
  }

  async #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    let response: Response
    try {
      const headers = { authorization: `Bearer ${this.token}` }
      response = await fetch(`${this.url}${path}`, { headers, signal: signal ?? null })
    } catch (cause) {
      if (signal?.aborted) throw cause
      const why = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message
      const fix = 'Start it with `headwater up`, or say where it is with --url or --listen.'
      throw new UserError('unreachable', `No Headwater answers at ${this.url}: ${why}.`, fix, { cause })
    }
    if (response.ok) return (await response.json()) as T
    if (response.status === 401) {
      const fix = 'Give the data folder of that Headwater with --data-dir, or its token in HEADWATER_TOKEN.'
      throw new UserError('unauthorized', `${this.url} refuses the token.`, fix)
    }
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
    const detail = problem.detail ?? response.statusText
    const usage = response.status === 400
    const about = problem.parameter === undefined ? '' : `${problem.parameter}: `
    throw new UserError(
      usage ? 'usage' : 'api',
      `${about}${detail}`,
      usage ? '`headwater flows --help` lists the flags.' : '',
    )
  }
}
