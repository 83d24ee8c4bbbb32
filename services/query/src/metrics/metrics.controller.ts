import { joinExpositions } from '@headwater/contracts/metrics'
import { Controller, Get, Header, Headers, Inject } from '@nestjs/common'
import { Access } from '../http/auth.guard.js'
import { FleetMetrics } from './fleet/fleet-metrics.js'
import { Metrics } from './metrics.js'

/** What Prometheus says with each scrape: s after which it gives it up, and with it all metrics in it. */
const TIMEOUT = 'x-prometheus-scrape-timeout-seconds'
const MOST_PATIENCE_MS = 4_000

/** How long a scrape waits for the store: not so long that it comes to nothing. */
function patienceOf(timeout: string | undefined): number {
  const ms = Number(timeout) * 600
  return ms > 0 && ms < MOST_PATIENCE_MS ? ms : MOST_PATIENCE_MS
}

@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(FleetMetrics) private readonly fleet: FleetMetrics,
  ) {}

  @Get()
  @Access('loopback')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async text(@Headers(TIMEOUT) timeout?: string): Promise<string> {
    const fleet = await this.fleet.text(patienceOf(timeout))
    return joinExpositions([await this.metrics.text(), fleet])
  }
}
