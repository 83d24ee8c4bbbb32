import type { StatusAnswer } from '@headwater/contracts'
import type { StoreClient } from '@headwater/store'

/** How long the answer to whether an agent reports is good for, in ms. */
const FRESH_MS = 2_000
/** An agent is heard while its last report is younger than this, in s. */
const LEASE_SECONDS = 40

/**
 * What /api/v1/status answers: what the supervisor knows of its parts, and, where it runs no agent itself, whether one that
 * somebody started beside it reports.
 */
export class StatusBoard {
  #status: StatusAnswer | undefined
  #heard = false
  #askedAt = Number.NEGATIVE_INFINITY

  set(status: StatusAnswer): void {
    this.#status = status
  }

  async answer(store: StoreClient): Promise<StatusAnswer> {
    if (this.#status === undefined) throw new Error('the supervisor has not said yet')
    const { state } = this.#status.agent
    if (state !== 'missing' && state !== 'failed') return this.#status
    if (performance.now() - this.#askedAt > FRESH_MS) {
      this.#askedAt = performance.now()
      this.#heard = await isHeard(store)
    }
    if (!this.#heard) return this.#status
    return { ...this.#status, agent: { state: 'elsewhere', message: 'an agent started by itself reports' }, hints: [] }
  }
}

async function isHeard(store: StoreClient): Promise<boolean> {
  const sql = `SELECT count() AS n FROM nodes WHERE time > now64(3) - toIntervalSecond({lease:UInt32})`
  const result = await store.query<{ n: number[] }>(sql, { lease: LEASE_SECONDS }).catch(() => undefined)
  return (result?.columns.n[0] ?? 0) > 0
}
