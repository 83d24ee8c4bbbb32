import type { CostAnswer } from '@headwater/contracts'
import { exactMoney, money } from '../../format/money.js'
import { bytes } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { duration } from '../../format/time.js'
import { ITEM_TEXTS } from './pairs.js'

function Total({ name, amount, currency, note }: { name: string; amount: number; currency: string; note: string }) {
  return (
    <div className="hw-total">
      <dt>{name}</dt>
      <dd title={exactMoney(amount, currency)}>{money(amount, currency)}</dd>
      <small>{note}</small>
    </div>
  )
}

export function Totals({ cost: { total, currency, range } }: { cost: CostAnswer }) {
  const length = duration(range.to - range.from)
  const observed = duration(total.projected_from_ms)
  return (
    <dl className="hw-totals" data-testid="cost-totals">
      <Total
        name="Projected month"
        amount={total.per_month}
        currency={currency}
        note={`30 days at the rate of ${observed === length ? `these ${length}` : `${observed} with agents`}`}
      />
      <Total name="Per day" amount={total.per_day} currency={currency} note="at the same rate" />
      <Total name="In this range" amount={total.cost} currency={currency} note={`${length}, ${currency}`} />
      <div className="hw-total">
        <dt>Charged traffic</dt>
        <dd>{bytes(total.wire_bytes)}</dd>
        <small>IP packets, all items together</small>
      </div>
    </dl>
  )
}

/** Whose prices these are. That they are only examples cannot be overlooked. */
export function PricesNote({ prices }: { prices: CostAnswer['prices'] }) {
  const dates = [...new Set(prices.entries.map((e) => e.date))].sort()
  const sources = [...new Set(prices.entries.map((e) => e.source))]
  const list = prices.entries.length > 0 && (
    <details>
      <summary>
        {prices.entries.length} {prices.entries.length === 1 ? 'price' : 'prices'}
      </summary>
      <ul className="hw-price-list">
        {prices.entries.map((e) => (
          <li key={e.name}>
            <b>{printable(e.name)}</b> ({ITEM_TEXTS[e.item]}): {printable(e.text)}
            <span className="hw-muted">
              {' '}
              · {printable(e.source)}, {printable(e.date)}
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
  if (!prices.example)
    return (
      <div className="hw-prices" data-testid="prices">
        Prices of <code>{printable(prices.source)}</code>
        {dates.length > 0 && `, ${dates.map(printable).join(', ')}`}
        {list}
      </div>
    )
  return (
    <div className="hw-prices hw-prices-example" role="note" data-testid="prices">
      <svg viewBox="0 0 16 16" width="18" height="18" className="hw-state-glyph hw-state-degraded" aria-hidden="true">
        <path d="M8 1.400 15.300 14.200H.7Z" className="hw-state-shape" />
        <path d="M8 6.200v3.600M8 12v.1" className="hw-state-sign" />
      </svg>
      <div>
        <strong>Example prices, not yours.</strong> All money here is worked out with {printable(prices.source)}
        {sources.length > 0 && ` (${sources.map(printable).join(', ')}`}
        {sources.length > 0 && `${dates.length > 0 ? `, ${dates.map(printable).join(', ')}` : ''})`}. Set{' '}
        <code>prices</code> in the configuration (<code>HEADWATER_PRICES</code>) to a table of your own.
        {list}
      </div>
    </div>
  )
}
