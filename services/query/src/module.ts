import { type DynamicModule, Module } from '@nestjs/common'
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core'
import { AccountsReader } from './accounts/reader.js'
import { AccountsController } from './api/accounts.controller.js'
import { CostController } from './api/cost.controller.js'
import { DemoController } from './api/demo.controller.js'
import { DnsController } from './api/dns.controller.js'
import { EdgesController } from './api/edges.controller.js'
import { FlowsController } from './api/flows.controller.js'
import { MapController } from './api/map.controller.js'
import { NodesController } from './api/nodes.controller.js'
import { ProbesController } from './api/probes.controller.js'
import { Questions } from './api/question.js'
import { SeriesController } from './api/series.controller.js'
import { StatusController } from './api/status.controller.js'
import { ValuesController } from './api/values.controller.js'
import { CompletenessReader } from './completeness/reader.js'
import { CostReader } from './cost/reader.js'
import { examplePrices } from './cost/table/read.js'
import { FleetReader } from './fleet/reader.js'
import { EdgesReader } from './graph/edges.js'
import { EdgesWithHealth } from './health/edges-with-health.js'
import { HealthReader } from './health/reader.js'
import { AuthGuard } from './http/auth.guard.js'
import { ConcurrencyLimit } from './http/limits.js'
import { ProblemFilter } from './http/problem.filter.js'
import { FleetMetrics } from './metrics/fleet/fleet-metrics.js'
import { MetricsController } from './metrics/metrics.controller.js'
import { Metrics } from './metrics/metrics.js'
import { OpenApiController } from './openapi/openapi.controller.js'
import { CLOCK, OPTIONS, PRICES, type QueryServerOptions } from './options.js'
import { Database } from './sql/database.js'

@Module({})
class QueryModule {}

/** The parts of the query service, with what they are made with. */
export const queryModule = (options: QueryServerOptions): DynamicModule => ({
  module: QueryModule,
  controllers: [
    MapController,
    EdgesController,
    SeriesController,
    CostController,
    FlowsController,
    DnsController,
    NodesController,
    AccountsController,
    ValuesController,
    StatusController,
    DemoController,
    ProbesController,
    MetricsController,
    OpenApiController,
  ],
  providers: [
    { provide: OPTIONS, useValue: options },
    { provide: CLOCK, useValue: Date.now },
    { provide: PRICES, useFactory: () => options.prices ?? examplePrices() },
    Metrics,
    Database,
    Questions,
    FleetReader,
    AccountsReader,
    CompletenessReader,
    EdgesReader,
    CostReader,
    HealthReader,
    EdgesWithHealth,
    FleetMetrics,
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_INTERCEPTOR, useClass: ConcurrencyLimit },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
