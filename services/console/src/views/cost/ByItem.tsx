import type { CostAnswer } from '@headwater/contracts'
import { exactMoney, money } from '../../format/money.js'
import { bytes } from '../../format/number.js'
import { ITEM_TEXTS } from './pairs.js'

/** What is paid for, with a bar for its share. */
export function ByItem({ cost: { by_item, currency, total } }: { cost: CostAnswer }) {
  const items = [...by_item].sort((a, b) => b.cost - a.cost)
  return (
    <section className="hw-card" aria-label="By item" data-testid="cost-items">
      <h3>By item</h3>
      {items.length === 0 && <p className="hw-muted">Nothing is charged in this range.</p>}
      {items.length > 0 && (
        <table className="hw-plain">
          <thead>
            <tr>
              <th scope="col">Item</th>
              <th scope="col">Bytes</th>
              <th scope="col">In range</th>
              <th scope="col">Month</th>
            </tr>
          </thead>
          <tbody>
            {items.map((i) => (
              <tr key={i.item}>
                <th scope="row">
                  {ITEM_TEXTS[i.item]}
                  <i
                    className="hw-bar"
                    style={{ width: `${total.cost > 0 ? Math.max(1, (100 * i.cost) / total.cost) : 0}%` }}
                  />
                </th>
                <td>{bytes(i.wire_bytes)}</td>
                <td title={exactMoney(i.cost, currency)}>{money(i.cost, currency)}</td>
                <td title={exactMoney(i.per_month, currency)}>
                  <b>{money(i.per_month, currency)}</b>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
