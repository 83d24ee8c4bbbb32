import { Controller, Get, Header, Inject } from '@nestjs/common'
import { Access } from '../http/auth.guard.js'
import { Metrics } from './metrics.js'

@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

  @Get()
  @Access('loopback')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  text(): Promise<string> {
    return this.metrics.text()
  }
}
