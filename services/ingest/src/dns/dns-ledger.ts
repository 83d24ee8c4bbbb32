import { Injectable } from '@nestjs/common'
import { CountedLedger } from '../metrics/edges/ledger.js'

/**
 * The same for batches of questions to name servers. Of these it also says what need not be inserted again: an insert fills `dns` before
 * `dns_batches`, so what the latter has is in both, however long ago the store has forgotten its token.
 */
@Injectable()
export class DnsLedger extends CountedLedger {
  protected override readonly batches = 'dns_batches'
}
