import type { DescribedFamily } from '@headwater/contracts/metrics'
import type { QueryServerOptions } from '../options.js'
import { fleetFamilies } from './fleet/families.js'
import { Metrics } from './metrics.js'

/** Those of the runtime, which prom-client brings. */
const RUNTIME = /^headwater_query_(process|nodejs)_/

/** All that /metrics of the query service holds by itself, for the docs. */
export function describeQueryMetrics(): DescribedFamily[] {
  const { registry } = new Metrics({} as QueryServerOptions)
  const own = registry.getMetricsAsArray() as unknown as (Omit<DescribedFamily, 'labels'> & { labelNames: string[] })[]
  return [
    ...Object.values(fleetFamilies),
    ...own
      .filter(({ name }) => !RUNTIME.test(name))
      .map(({ name, type, help, labelNames }) => ({ name, type, help, labels: labelNames })),
  ]
}
