import { Inject, Injectable } from '@nestjs/common'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import type { LeftOut } from '../dead-letters/left-out.js'
import { LeftOutKeeper } from '../dead-letters/left-out-keeper.js'
import { BatchLosses } from '../losses/batch-losses.js'
import { IngestLag } from '../metrics/lag.js'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'

/** What the stages of all tables of raw rows share. */
@Injectable()
export class StageParts {
  constructor(
    @Inject(OPTIONS) readonly options: IngestOptions,
    readonly metrics: Metrics,
    readonly lag: IngestLag,
    readonly losses: BatchLosses,
    private readonly deadLetters: DeadLetters,
    private readonly leftOut: LeftOutKeeper,
  ) {}

  /** Before anything is stored. @throws BusError where it is not taken now: all of it has to come again */
  putAside(out: LeftOut): Promise<void> {
    return out.putAside(this.deadLetters)
  }

  /** Once the rest is stored. @throws as putAside */
  settle(out: LeftOut): Promise<void> {
    return out.settle(this.deadLetters, this.leftOut)
  }
}
