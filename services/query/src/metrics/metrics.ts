import { joinExpositions } from '@headwater/contracts/metrics'
import { Inject, Injectable } from '@nestjs/common'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { OPTIONS, type QueryServerOptions } from '../options.js'

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

/** What the query service says about itself. */
@Injectable()
export class Metrics {
  readonly registry = new Registry()
  private readonly registers = [this.registry]

  readonly requests = new Counter({
    name: 'headwater_query_http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['route', 'status'],
    registers: this.registers,
  })
  readonly requestSeconds = new Histogram({
    name: 'headwater_query_http_request_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['route'],
    buckets: seconds,
    registers: this.registers,
  })
  readonly inFlight = new Gauge({
    name: 'headwater_query_http_requests_in_flight',
    help: 'HTTP requests under way',
    registers: this.registers,
  })
  readonly querySeconds = new Histogram({
    name: 'headwater_query_store_query_seconds',
    help: 'Time of a query in the store',
    labelNames: ['query'],
    buckets: seconds,
    registers: this.registers,
  })
  readonly queryErrors = new Counter({
    name: 'headwater_query_store_query_errors_total',
    help: 'Queries that the store did not answer',
    labelNames: ['query', 'code'],
    registers: this.registers,
  })
  readonly rowsRead = new Counter({
    name: 'headwater_query_store_rows_read_total',
    help: 'Rows the store read for queries',
    labelNames: ['query'],
    registers: this.registers,
  })
  private readonly providerErrors = new Counter({
    name: 'headwater_query_metrics_provider_errors_total',
    help: 'Parts whose metrics could not be had',
    registers: this.registers,
  })

  constructor(@Inject(OPTIONS) private readonly options: QueryServerOptions) {
    collectDefaultMetrics({ register: this.registry, prefix: 'headwater_query_', eventLoopMonitoringPrecision: 1000 })
  }

  /** Prometheus text: the own registry, then the providers'. A provider that fails is left out, logged and counted. */
  async text(): Promise<string> {
    const texts: string[] = []
    for (const provider of this.options.metrics ?? [])
      try {
        texts.push(await provider())
      } catch (error) {
        this.providerErrors.inc()
        this.options.logger.warn('metrics of a part are missing', { cause: String(error) })
      }
    return joinExpositions([await this.registry.metrics(), ...texts])
  }
}
