import { type AllDnsColumns, rcodes } from '@headwater/contracts'
import { Injectable } from '@nestjs/common'
import { Counter, Histogram } from 'prom-client'
import { Metrics } from './metrics.js'

/** What is said of a question without an answer. */
const TIMEOUT = 'timeout'
/** Batches come from outside: each text would be a series of its own. */
const known = new Set(rcodes)
const OTHER = 'other'

/** Questions to name servers that this replica stored. */
@Injectable()
export class DnsMetrics {
  readonly #queries: Counter
  readonly #seconds: Histogram

  constructor(metrics: Metrics) {
    const registers = [metrics.registry]
    this.#queries = new Counter({
      name: 'headwater_dns_queries_total',
      help: 'Questions to name servers, by what was answered; timeout where nothing was, other for codes that are rare',
      labelNames: ['rcode'],
      registers,
    })
    this.#seconds = new Histogram({
      name: 'headwater_dns_seconds',
      help: 'Time from a question to its answer',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    })
  }

  count({ rcode, timed_out, duration_us, self, count }: AllDnsColumns, rows: number): void {
    for (let row = 0; row < rows; row++) {
      if (self[row] === 1) continue
      const answered = timed_out[row] === 0
      const text = rcode.values[rcode.indices[row] as number] as string
      const label = !answered ? TIMEOUT : known.has(text) ? text : OTHER
      this.#queries.inc({ rcode: label }, count[row])
      if (answered) this.#seconds.observe((duration_us[row] as number) / 1e6)
    }
  }
}
