import type { Problem } from '@headwater/contracts'
import { UserError } from '@headwater/contracts/runtime'

/** The HTTP API of a running Headwater. */
export class ApiClient {
  /** @param help said where a parameter is wrong: where the command's own ones are listed */
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly help: string,
  ) {}

  /** @throws UserError */
  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#ask(path, { signal: signal ?? null })
  }

  /** @throws UserError */
  post<T>(path: string, body: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    return this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async #ask<T>(path: string, init: RequestInit): Promise<T> {
    let response: Response
    try {
      const headers = { ...init.headers, authorization: `Bearer ${this.token}` }
      response = await fetch(`${this.url}${path}`, { ...init, headers })
    } catch (cause) {
      if (init.signal?.aborted) throw cause
      const why = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message
      const fix = 'Start it with `headwater up`, or say where it is with --url or --listen.'
      throw new UserError('unreachable', `No Headwater answers at ${this.url}: ${why}.`, fix, { cause })
    }
    if (response.ok) {
      return (await response.json().catch((cause: Error) => {
        const fix = 'Say where Headwater is with --url or --listen.'
        throw new UserError('api', `What answers at ${this.url} is no Headwater: ${cause.message}.`, fix, { cause })
      })) as T
    }
    if (response.status === 401) {
      const fix = 'Give the data folder of that Headwater with --data-dir, or its token in HEADWATER_TOKEN.'
      throw new UserError('unauthorized', `${this.url} refuses the token.`, fix)
    }
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
    const detail = problem.detail ?? response.statusText
    const usage = response.status === 400
    // Most details name it themselves.
    const named = problem.parameter === undefined || detail.startsWith(`${problem.parameter}:`)
    const about = named ? '' : `${problem.parameter}: `
    throw new UserError(usage ? 'usage' : 'api', `${about}${detail}`, usage ? this.help : '')
  }
}
