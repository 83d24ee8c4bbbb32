import type { Completeness, NodeAnswer } from '@headwater/contracts'
import { useMemo } from 'react'
import { count, exactCount, percent } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { Name } from '../basics/Name.js'
import { DataTable } from '../table/DataTable.js'
import type { Sort } from '../table/sort.js'
import type { CpuShare } from './cpu.js'
import { fleetColumns } from './fleetColumns.js'
import { FleetNotices } from './Notices.js'
import { type FleetRow, fleetRows, nodeStates, versionsOf } from './rows.js'

export interface FleetViewProps {
  nodes: readonly NodeAnswer[]
  /** Those that a search found; undefined: all. */
  found: readonly NodeAnswer[] | undefined
  completeness: Completeness
  cpu: ReadonlyMap<string, CpuShare>
  /** Unix ms of the answer. */
  now: number
  /** Instance of the agent whose details are open. */
  open: string | undefined
  onOpen(instance: string | undefined): void
  /** undefined: silent ones first. */
  sort: Sort | undefined
  onSort(sort: Sort): void
}

const SILENT_FIRST: Sort = { column: 'state', descending: false }
const MOST_VERSIONS = 4

const stateCounts = (rows: readonly FleetRow[]): string =>
  nodeStates
    .map((s) => [s, rows.filter((r) => r.data.state === s).length] as const)
    .filter(([, n]) => n > 0)
    .map(([s, n]) => `${n} ${s}`)
    .join(', ')

const group = {
  of: (r: FleetRow) => r.data.cluster,
  title: (cluster: string, rows: FleetRow[]) => (
    <>
      <b>
        <Name text={cluster} max={40} />
      </b>{' '}
      {rows.length} {rows.length === 1 ? 'agent' : 'agents'}: {stateCounts(rows)}
    </>
  ),
}

function Total({ name, value, note, bad = false }: { name: string; value: string; note: string; bad?: boolean }) {
  return (
    <div className="hw-total">
      <dt>{name}</dt>
      <dd className={bad ? 'hw-bad' : ''}>{value}</dd>
      <small>{note}</small>
    </div>
  )
}

/** Who watches, and how well: every agent by its cluster, with its loss and its own cost. */
export function FleetView(props: FleetViewProps) {
  const { nodes, found, completeness: c, cpu, sort = SILENT_FIRST } = props
  const now = Math.floor(props.now / 1000) * 1000
  const columns = useMemo(() => fleetColumns(cpu, now), [cpu, now])
  const rows = useMemo(() => fleetRows(found ?? nodes), [found, nodes])
  const all = useMemo(() => fleetRows(nodes), [nodes])
  const versions = versionsOf(nodes)
  const silent = all.filter((r) => r.data.state === 'silent').length
  const dropped = Object.values(c.rows_dropped).reduce((sum, n) => sum + n, 0)
  const more = versions.length - MOST_VERSIONS
  return (
    <div className="hw-fleet">
      <dl className="hw-totals" data-testid="fleet-totals">
        <Total name="Agents" value={count(nodes.length)} note={stateCounts(all)} bad={silent > 0} />
        <Total
          name="Coverage"
          value={percent(c.coverage)}
          note={`${exactCount(c.nodes_heard)} of ${exactCount(c.nodes_expected)} nodes heard`}
        />
        <Total
          name="Delivered"
          value={percent(c.delivered)}
          note={`${exactCount(c.rows_stored)} of ${exactCount(c.rows_produced)} rows, ${exactCount(dropped)} dropped`}
        />
        {c.dns.delivered !== null && (
          <Total
            name="Delivered, DNS"
            value={percent(c.dns.delivered)}
            note={`${exactCount(c.dns.rows_stored)} of ${exactCount(c.dns.rows_produced)} rows`}
          />
        )}
        <Total
          name={versions.length === 1 ? 'Version' : 'Versions'}
          value={versions[0] ? printable(versions[0][0]) : '–'}
          note={
            versions.length > 1
              ? versions
                  .slice(0, MOST_VERSIONS)
                  .map(([v, n]) => `${printable(v)}: ${n}`)
                  .join(', ') + (more > 0 ? ` and ${more} more` : '')
              : 'everywhere'
          }
        />
      </dl>
      <FleetNotices nodes={nodes} />
      <DataTable
        label="Agents"
        kind="agent"
        testId="agents"
        columns={columns}
        rows={rows}
        sort={sort}
        onSort={props.onSort}
        selected={props.open}
        onSelect={props.onOpen}
        group={group}
        none="No agent matches the search."
      />
    </div>
  )
}
