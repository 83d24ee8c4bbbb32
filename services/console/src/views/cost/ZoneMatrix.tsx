import type { CostAnswer } from '@headwater/contracts'
import { useMemo } from 'react'
import { exactMoney, money } from '../../format/money.js'
import { bytes } from '../../format/number.js'
import { Name } from '../basics/Name.js'
import { type ZoneCell, zoneCells, zonesOf } from './zones.js'

/** More zones than that are a list: a matrix of them is mostly empty. */
const MOST = 8
const MOST_LISTED = 60

function Cell({ cell, currency, dearest }: { cell: ZoneCell | undefined; currency: string; dearest: number }) {
  if (!cell) return <td className="hw-cell-none">–</td>
  const heat = dearest > 0 ? Math.round((cell.cost / dearest) * 42) : 0
  return (
    <td
      style={{ background: `color-mix(in srgb, var(--hw-accent) ${heat}%, var(--hw-surface))` }}
      title={`${cell.path}: ${exactMoney(cell.cost, currency)}`}
    >
      <b>{cell.cost > 0 ? money(cell.cost, currency) : 'free'}</b> <small>{bytes(cell.bytes)}</small>
    </td>
  )
}

function Matrix({ cells, currency }: { cells: ZoneCell[]; currency: string }) {
  const zones = zonesOf(cells)
  const at = new Map(cells.map((c) => [JSON.stringify([c.from, c.to]), c]))
  const dearest = Math.max(...cells.map((c) => c.cost))
  return (
    <table className="hw-matrix">
      <thead>
        <tr>
          <th scope="col">
            <span className="hw-muted">from ↓ to →</span>
          </th>
          {zones.map((z) => (
            <th key={z} scope="col">
              <Name text={z} max={20} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {zones.map((from) => (
          <tr key={from}>
            <th scope="row">
              <Name text={from} max={20} />
            </th>
            {zones.map((to) => (
              <Cell key={to} cell={at.get(JSON.stringify([from, to]))} currency={currency} dearest={dearest} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function List({ cells, currency }: { cells: ZoneCell[]; currency: string }) {
  return (
    <table className="hw-plain">
      <thead>
        <tr>
          <th scope="col">From zone to zone</th>
          <th scope="col">Bytes</th>
          <th scope="col">In range</th>
        </tr>
      </thead>
      <tbody>
        {cells.slice(0, MOST_LISTED).map((c) => (
          <tr key={JSON.stringify([c.from, c.to])}>
            <th scope="row">
              <Name text={c.from} max={24} /> → <Name text={c.to} max={24} />
            </th>
            <td>{bytes(c.bytes)}</td>
            <td title={exactMoney(c.cost, currency)}>{money(c.cost, currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Bytes and cost from zone to zone, in the direction in which the bytes go. */
export function ZoneMatrix({ cost: { by_path, currency } }: { cost: CostAnswer }) {
  const cells = useMemo(() => zoneCells(by_path), [by_path])
  const few = zonesOf(cells).length <= MOST
  const left = few ? 0 : Math.max(0, cells.length - MOST_LISTED)
  return (
    <section className="hw-card" aria-label="Zone to zone" data-testid="cost-zones">
      <h3>Zone to zone</h3>
      <div className="hw-scroll">
        {few ? <Matrix cells={cells} currency={currency} /> : <List cells={cells} currency={currency} />}
      </div>
      {left > 0 && <p className="hw-muted">and {left} more, none of them dearer</p>}
    </section>
  )
}
