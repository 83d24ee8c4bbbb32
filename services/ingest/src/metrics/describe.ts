import type { BusConsumer } from '@headwater/contracts'
import { type DescribedFamily, foldedFamily } from '@headwater/contracts/metrics'
import type { IngestOptions } from '../options.js'
import { DnsMetrics } from './dns.js'
import { edgeFamilies, edgeLabels, serviceFamilies, serviceLabels } from './edges/families.js'
import { Metrics } from './metrics.js'

/** All that `metrics()` of an ingest can hold, for the docs. */
export function describeIngestMetrics(): DescribedFamily[] {
  const metrics = new Metrics({ replica: '', consumer: {} as BusConsumer } as IngestOptions)
  const { registry } = metrics
  new DnsMetrics(metrics)
  const own = registry.getMetricsAsArray() as unknown as (Omit<DescribedFamily, 'labels'> & { labelNames: string[] })[]
  const counted = (families: typeof edgeFamilies | typeof serviceFamilies, of: readonly string[]) =>
    Object.values(families).map((family) => ({ ...family, labels: [...of, ...family.labels] }))
  return [
    ...counted(edgeFamilies, edgeLabels),
    ...counted(serviceFamilies, serviceLabels),
    { ...foldedFamily, labels: ['of'] },
    ...own.map(({ name, type, help, labelNames }) => ({ name, type, help, labels: labelNames })),
  ].map((family) => ({ ...family, labels: [...family.labels, 'replica'] }))
}
