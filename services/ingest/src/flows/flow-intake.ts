import type { AllColumns, DecodedBatch, Memory } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { IdentityTables } from '../identity/tables.js'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { Intake } from '../rows/intake.js'
import { flowTable } from './flow-table.js'
import { joinIdentity } from './join.js'
import { JoinScope } from './join-scope.js'

/** Flow batches, joined with identity. */
@Injectable()
export class FlowIntake extends Intake<DecodedBatch, AllColumns, JoinScope> {
  constructor(
    @Inject(OPTIONS) options: IngestOptions,
    @Inject(Metrics) metrics: Metrics,
    private readonly identity: IdentityTables,
  ) {
    super(flowTable, options, metrics)
  }

  override scope(): JoinScope {
    return new JoinScope()
  }

  protected override complete(batch: DecodedBatch, memory: Memory, scope: JoinScope): AllColumns {
    const columns = joinIdentity(batch, this.identity, memory, scope)
    this.metrics.connections.set(this.identity.connections.size)
    return columns
  }
}
