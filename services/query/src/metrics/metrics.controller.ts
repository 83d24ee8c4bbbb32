import { joinExpositions } from '@headwater/contracts/metrics'
import { Controller, Get, Header, Inject } from '@nestjs/common'
import { Access } from '../http/auth.guard.js'
import { FleetMetrics } from './fleet/fleet-metrics.js'
import { Metrics } from './metrics.js'

@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(FleetMetrics) private readonly fleet: FleetMetrics,
  ) {}

  @Get()
  @Access('loopback')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async text(): Promise<string> {
    const fleet = await this.fleet.text()
    return joinExpositions([await this.metrics.text(), fleet])
  }
}
