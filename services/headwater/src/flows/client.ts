import type { Flow, FlowsAnswer } from '@headwater/contracts'
import type { ApiClient } from '../api/client.js'

/** Flows of one page of the API: it gives newest first. */
const PAGE = 2_000

export interface FlowQuery {
  from: string
  filter: string
  self: boolean
}

/** The flows of a running Headwater, over its HTTP API. */
export class FlowsClient {
  constructor(private readonly api: ApiClient) {}

  /** At most `limit` flows that match, newest first. @throws UserError */
  async flows({ from, filter, self }: FlowQuery, limit: number, signal?: AbortSignal): Promise<Flow[]> {
    const flows: Flow[] = []
    for (let cursor: string | null = ''; cursor !== null && flows.length < limit; ) {
      const params: Record<string, string> = { from, filter, self: self ? '1' : '0' }
      params.limit = String(Math.min(PAGE, limit - flows.length))
      if (cursor !== '') params.cursor = cursor
      const page: FlowsAnswer = await this.api.get(`/api/v1/flows?${new URLSearchParams(params)}`, signal)
      flows.push(...page.flows)
      cursor = page.cursor
    }
    return flows
  }
}
