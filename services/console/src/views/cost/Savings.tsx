import type { CostAnswer } from '@headwater/contracts'
import { exactMoney, money } from '../../format/money.js'
import { bytes } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { Name } from '../basics/Name.js'
import { ITEM_TEXTS } from './pairs.js'

export function Savings({ savings, currency }: Pick<CostAnswer, 'savings' | 'currency'>) {
  return (
    <section className="hw-card" aria-label="Savings" data-testid="cost-savings">
      <h3>What could be saved</h3>
      {savings.length === 0 && <p className="hw-muted">Nothing that Headwater knows a way to save.</p>}
      <ol className="hw-savings">
        {savings.map((s) => (
          <li key={JSON.stringify([s.kind, s.client, s.server])}>
            <b className="hw-saving" title={exactMoney(s.per_month, currency)}>
              {money(s.per_month, currency)}
              <small> a month</small>
            </b>
            <div>
              <strong>{printable(s.title)}</strong>
              <p>{printable(s.detail)}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Traffic that costs nothing here only because nobody said its price. */
export function Unpriced({ unpriced }: Pick<CostAnswer, 'unpriced'>) {
  if (unpriced.length === 0) return null
  return (
    <section className="hw-card hw-card-warn" aria-label="Without a price" data-testid="cost-unpriced">
      <h3>Without a price: in no sum above</h3>
      <div className="hw-scroll">
        <table className="hw-plain">
          <thead>
            <tr>
              <th scope="col">Traffic</th>
              <th scope="col">Bytes</th>
              <th scope="col" className="hw-left">
                Why
              </th>
            </tr>
          </thead>
          <tbody>
            {unpriced.map((u) => (
              <tr key={JSON.stringify([u.item, u.from, u.to])}>
                <th scope="row">
                  {ITEM_TEXTS[u.item]}: <Name text={u.from} max={24} /> → <Name text={u.to} max={24} />
                </th>
                <td>{bytes(u.wire_bytes)}</td>
                <td className="hw-left hw-wrap">{printable(u.reason)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
