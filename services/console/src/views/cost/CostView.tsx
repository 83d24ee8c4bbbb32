import type { CostAnswer } from '@headwater/contracts'
import { ByItem } from './ByItem.js'
import { Pairs, type PairsProps } from './PairTable.js'
import { Savings, Unpriced } from './Savings.js'
import { PricesNote, Totals } from './Totals.js'
import { ZoneMatrix } from './ZoneMatrix.js'

export interface CostViewProps extends Omit<PairsProps, 'leftOut' | 'currency' | 'rangeMs'> {
  cost: CostAnswer
}

/** What it costs: sums, items, zones, what could be saved, and every pair of services. `pairs` are those of a search. */
export function CostView({ cost, ...pairs }: CostViewProps) {
  return (
    <div className="hw-page" data-testid="cost">
      <PricesNote prices={cost.prices} />
      <Totals cost={cost} />
      <div className="hw-cards">
        <div className="hw-column">
          <ByItem cost={cost} />
          <ZoneMatrix cost={cost} />
        </div>
        <div className="hw-column">
          <Savings savings={cost.savings} currency={cost.currency} />
          <Unpriced unpriced={cost.unpriced} />
        </div>
        <Pairs
          {...pairs}
          leftOut={cost.pairs_left_out}
          currency={cost.currency}
          rangeMs={cost.range.to - cost.range.from}
        />
      </div>
    </div>
  )
}
