import type { CostPair, Problem } from '@headwater/contracts'
import { Fragment, type ReactNode } from 'react'
import { exactMoney, money } from '../../format/money.js'
import { bytes } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { Name } from '../basics/Name.js'
import { FlowsTable, type FlowsTableProps } from '../flows/FlowsTable.js'
import { nextSort, type Sort, type SortKey, sorted } from '../table/sort.js'
import { ITEM_TEXTS, pairId } from './pairs.js'

type Row = CostPair & { id: string }

const columns: readonly (SortKey<Row> & { title: string; numeric: boolean })[] = [
  { id: 'client', title: 'Client', numeric: false, key: (p) => p.client.service },
  { id: 'server', title: 'Server', numeric: false, key: (p) => p.server.service },
  { id: 'path', title: 'Path', numeric: false, key: (p) => p.path_class },
  {
    id: 'bytes',
    title: 'Bytes',
    numeric: true,
    key: (p) => p.client_to_server_wire_bytes + p.server_to_client_wire_bytes,
  },
  { id: 'cost', title: 'In range', numeric: true, key: (p) => p.cost },
  { id: 'day', title: 'Per day', numeric: true, key: (p) => p.per_day },
  { id: 'month', title: 'Month', numeric: true, key: (p) => p.per_month },
]
const DEAREST: Sort = { column: 'cost', descending: true }

function End({ end }: { end: CostPair['client'] }) {
  const place = [end.cluster, end.namespace, end.zone].filter((t) => t !== '').map(printable)
  return (
    <>
      <Name text={end.service} max={40} />
      {place.length > 0 && <small className="hw-muted">{place.join(' / ')}</small>}
    </>
  )
}

function Lines({ pair, currency }: { pair: CostPair; currency: string }) {
  return (
    <div>
      <p className="hw-muted">
        → {bytes(pair.client_to_server_wire_bytes)} to the server, ← {bytes(pair.server_to_client_wire_bytes)} back
        {pair.nat_gateway !== '' && `, through the NAT gateway ${printable(pair.nat_gateway)}`}
      </p>
      {pair.lines.length === 0 && <p>Nothing is charged for this pair.</p>}
      {pair.lines.length > 0 && (
        <table className="hw-plain" data-testid="cost-lines">
          <thead>
            <tr>
              <th scope="col">Item</th>
              <th scope="col">Charged</th>
              <th scope="col">Per GB</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {pair.lines.map((l) => (
              <tr key={l.item + l.price}>
                <th scope="row">
                  {ITEM_TEXTS[l.item]}
                  <small className="hw-muted"> {printable(l.price)}</small>
                </th>
                <td>{bytes(l.wire_bytes)}</td>
                <td>{exactMoney(l.price_per_gb, currency)}</td>
                <td title={exactMoney(l.cost, currency)}>{money(l.cost, currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}

export interface PairsProps {
  pairs: readonly CostPair[]
  leftOut: number
  currency: string
  sort: Sort | undefined
  onSort(sort: Sort): void
  /** Id of the pair that is open, and its flows. */
  open: string | undefined
  onOpen(id: string | undefined): void
  flows: Omit<FlowsTableProps, 'rangeMs'>
  flowsProblem: Problem | undefined
  rangeMs: number
}

/** What each pair of services costs; opened, the lines of its bill and its flows. */
export function Pairs(props: PairsProps) {
  const { currency, open, sort = DEAREST } = props
  const rows = sorted(
    props.pairs.map((p): Row => ({ ...p, id: pairId(p) })),
    columns,
    sort,
  )
  const opened = (pair: Row): ReactNode => (
    <tr className="hw-pair-open">
      <td colSpan={columns.length}>
        <div className="hw-pair-body">
          <Lines pair={pair} currency={currency} />
          <div className="hw-pair-flows">
            <h4>Flows</h4>
            {props.flowsProblem && !props.flows.flows ? (
              <p className="hw-inline-problem" role="alert">
                {printable(props.flowsProblem.title)}. {printable(props.flowsProblem.detail)}
              </p>
            ) : (
              <FlowsTable {...props.flows} rangeMs={props.rangeMs} />
            )}
          </div>
        </div>
      </td>
    </tr>
  )
  return (
    <section className="hw-card hw-card-wide" aria-label="Pairs of services" data-testid="cost-pairs">
      <h3>By pair of services</h3>
      <div className="hw-scroll">
        <table className="hw-plain hw-pairs">
          <thead>
            <tr>
              {columns.map((c) => {
                const own = sort.column === c.id
                return (
                  <th
                    key={c.id}
                    scope="col"
                    className={c.numeric ? '' : 'hw-left'}
                    aria-sort={own ? (sort.descending ? 'descending' : 'ascending') : 'none'}
                  >
                    <button type="button" onClick={() => props.onSort(nextSort(sort, c.id, c.numeric))}>
                      {c.title}
                      <span aria-hidden="true">{own ? (sort.descending ? ' ▾' : ' ▴') : ''}</span>
                    </button>
                  </th>
                )
              })}
            </tr>
          </thead>
          <tbody>
            {rows.map((p) => (
              <Fragment key={p.id}>
                <tr className={p.id === open ? 'hw-selected' : ''} data-pair={p.id}>
                  <td className="hw-left">
                    <button
                      type="button"
                      className="hw-link hw-expand"
                      aria-expanded={p.id === open}
                      onClick={() => props.onOpen(p.id === open ? undefined : p.id)}
                    >
                      <span className="hw-chevron" aria-hidden="true" />
                      <span className="hw-pair-end">
                        <End end={p.client} />
                      </span>
                    </button>
                  </td>
                  <td className="hw-left">
                    <span className="hw-pair-end">
                      <End end={p.server} />
                    </span>
                  </td>
                  <td className="hw-left">
                    {p.path_class}
                    {p.nat_gateway !== '' && <span className="hw-mark">NAT</span>}
                  </td>
                  <td>{bytes(p.client_to_server_wire_bytes + p.server_to_client_wire_bytes)}</td>
                  <td title={exactMoney(p.cost, currency)}>{money(p.cost, currency)}</td>
                  <td title={exactMoney(p.per_day, currency)}>{money(p.per_day, currency)}</td>
                  <td title={exactMoney(p.per_month, currency)}>
                    <b>{money(p.per_month, currency)}</b>
                  </td>
                </tr>
                {p.id === open && opened(p)}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p className="hw-muted">No pair matches the search.</p>}
      {props.leftOut > 0 && (
        <p className="hw-muted">{props.leftOut} cheaper pairs were left out by the limit; they are in the sums.</p>
      )}
    </section>
  )
}
