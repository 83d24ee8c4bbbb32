import type { CostAnswer, CostPair } from '@headwater/contracts/api'
import { billColumns } from '../../../model/columns.ts'
import type { Frame } from '../frames/frame.ts'
import type { Row } from '../frames/table.ts'
import { type Ask, limitOf, matched } from './ask.ts'
import { modelColumns, tableFrames } from './tables.ts'

const MOST = 10_000
/** Currencies that Grafana writes with their signs; others go by their code. */
const signed = ['USD', 'EUR', 'GBP', 'JPY', 'INR', 'BRL', 'CHF', 'DKK', 'NOK', 'SEK', 'PLN', 'CZK', 'KRW', 'ZAR']
const unitOf = (code: string): string => (signed.includes(code) ? `currency${code}` : `currency:${code} `)

const places = (end: 'client' | 'server', pair: CostPair): Row =>
  Object.fromEntries(Object.entries(pair[end]).map(([name, value]) => [`${end}_${name}`, value]))

const pairRow = (pair: CostPair): Row => ({
  ...places('client', pair),
  ...places('server', pair),
  path_class: pair.path_class,
  nat_gateway: pair.nat_gateway,
  items: [...new Set(pair.lines.map((l) => l.item))].join(', '),
  prices: [...new Set(pair.lines.map((l) => l.price))].join(', '),
  cost: pair.cost,
  per_day: pair.per_day,
  per_month: pair.per_month,
  client_to_server_wire_bytes: pair.client_to_server_wire_bytes,
  server_to_client_wire_bytes: pair.server_to_client_wire_bytes,
})

/** What traffic costs: a row for each pair of services. Numbers for alerts are of the whole bill, or with a split of each pair, client or server. */
export async function cost(ask: Ask): Promise<Frame[]> {
  const { query, range, api, signal, alert } = ask
  const whole = (alert || query.format === 'long') && query.split === 'none'
  const limit = whole ? 1 : limitOf(ask, MOST)
  const { body, text } = await api.get<CostAnswer>('cost', { ...matched(ask), limit }, signal)
  const { currency, total, pairs, pairs_left_out, completeness, prices } = body
  const dress = { currency: unitOf(currency) }
  const custom = { completeness, range, prices: { source: prices.source, example: prices.example, currency } }
  if (whole)
    return tableFrames(ask, { name: 'cost', columns: billColumns, rows: [{ currency, ...total }], dress, custom })
  const other = query.split === 'client' ? 'server_' : query.split === 'server' ? 'client_' : undefined
  return tableFrames(ask, {
    name: 'cost',
    // Without the labels of the other side, rows of an alert add up to one for each client or server.
    columns: modelColumns(ask).filter((c) => other === undefined || !c.name.startsWith(other) || c.kind !== 'label'),
    rows: pairs.map(pairRow),
    total: pairs.length + pairs_left_out,
    dress,
    custom,
    answer: text,
    ...(prices.example && {
      notices: [{ severity: 'info', text: 'Prices are list prices as examples: put in your own (HEADWATER_PRICES).' }],
    }),
  })
}
