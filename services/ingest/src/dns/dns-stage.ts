import type { AllDnsColumns, DecodedDnsBatch } from '@headwater/contracts'
import { Injectable } from '@nestjs/common'
import { RowsStage } from '../rows/stage.js'
import { StageParts } from '../rows/stage-parts.js'
import { DnsIntake } from './dns-intake.js'
import { DnsKeeper } from './dns-keeper.js'
import { DnsLedger } from './dns-ledger.js'

/** Batches of questions to name servers into `dns`. */
@Injectable()
export class DnsStage extends RowsStage<DecodedDnsBatch, AllDnsColumns, undefined> {
  /** Names what is injected. */
  constructor(intake: DnsIntake, keeper: DnsKeeper, ledger: DnsLedger, parts: StageParts) {
    super(intake, keeper, ledger, parts)
  }
}
