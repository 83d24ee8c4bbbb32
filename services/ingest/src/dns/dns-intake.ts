import type { AllDnsColumns, DecodedDnsBatch } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { constant } from '../columns/dictionary.js'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { Intake } from '../rows/intake.js'
import { dnsTable } from './dns-table.js'

/** Batches of questions to name servers. */
@Injectable()
export class DnsIntake extends Intake<DecodedDnsBatch, AllDnsColumns, undefined> {
  constructor(@Inject(OPTIONS) options: IngestOptions, @Inject(Metrics) metrics: Metrics) {
    super(dnsTable, options, metrics)
  }

  override scope(): undefined {}

  /** The agent's columns, and what its batch says once for all rows. */
  protected override complete({ meta, rows, columns }: DecodedDnsBatch): AllDnsColumns {
    return {
      ...columns,
      cluster: constant(rows, meta.cluster),
      node: constant(rows, meta.node),
      realm: constant(rows, meta.realm),
      instance: constant(rows, meta.instance),
      sequence: new BigUint64Array(rows).fill(BigInt(meta.sequence)),
      local_zone: constant(rows, meta.zone),
      local_region: constant(rows, meta.region),
    }
  }
}
