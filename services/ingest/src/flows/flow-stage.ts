import type { AllColumns, DecodedBatch } from '@headwater/contracts'
import { Injectable } from '@nestjs/common'
import { CountedLedger } from '../metrics/edges/ledger.js'
import { RowsStage } from '../rows/stage.js'
import { StageParts } from '../rows/stage-parts.js'
import { FlowIntake } from './flow-intake.js'
import { FlowKeeper } from './flow-keeper.js'
import type { JoinScope } from './join-scope.js'

/** Flow batches into `flows`. */
@Injectable()
export class FlowStage extends RowsStage<DecodedBatch, AllColumns, JoinScope> {
  /** Names what is injected. */
  constructor(intake: FlowIntake, keeper: FlowKeeper, ledger: CountedLedger, parts: StageParts) {
    super(intake, keeper, ledger, parts)
  }
}
