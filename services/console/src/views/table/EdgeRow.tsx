import type { KeyboardEvent } from 'react'
import type { GraphEdge } from '../../map/graph.js'
import { Glyph } from '../basics/Glyph.js'
import { Name } from '../basics/Name.js'
import { Bytes, Count, Micros } from '../basics/Quantity.js'
import { failuresText, portsText } from '../map/facts.js'

export interface EdgeRowProps {
  edge: GraphEdge
  index: number
  selected: boolean
  rangeMs: number
  onSelect(): void
  onKeyDown(e: KeyboardEvent<HTMLTableRowElement>): void
}

const HEALTH_TITLES = { ok: 'healthy', warn: 'retransmits or some failures', bad: 'failures' }

export function EdgeRow({ edge, index, selected, rangeMs, onSelect, onKeyDown }: EdgeRowProps) {
  const { data } = edge
  const reasons = failuresText(data)
  return (
    <tr
      className={selected ? 'hw-row hw-selected' : 'hw-row'}
      aria-selected={selected}
      aria-rowindex={index + 2}
      data-edge={edge.id}
      tabIndex={0}
      onClick={onSelect}
      onKeyDown={onKeyDown}
    >
      <td>
        <span className="hw-cell-name">
          <i className={`hw-dot hw-dot-${edge.health}`} title={HEALTH_TITLES[edge.health]} />
          <Glyph shape={edge.source.shape} />
          <Name text={edge.source.label} />
        </span>
      </td>
      <td>
        <span className="hw-cell-name">
          <Glyph shape={edge.target.shape} />
          <Name text={edge.target.label} />
        </span>
      </td>
      <td className="hw-right" title={data.server_ports.join(', ')}>
        <span className="hw-number">{portsText(data.server_ports) || '–'}</span>
      </td>
      <td>{data.transport}</td>
      <td className="hw-right">
        <Bytes value={data.client_to_server_bytes} rangeMs={rangeMs} />
      </td>
      <td className="hw-right">
        <Bytes value={data.server_to_client_bytes} rangeMs={rangeMs} />
      </td>
      <td className="hw-right">
        <Count value={data.connects} />
      </td>
      <td className="hw-right">
        <Count value={data.open} />
      </td>
      <td className="hw-right" title={reasons}>
        {data.failures > 0 ? (
          <span className="hw-bad">
            <Count value={data.failures} />{' '}
            <small>{Object.keys(data.failure_reasons).length === 1 ? reasons.replace(/ [\d,]+$/, '') : 'mixed'}</small>
          </span>
        ) : (
          <Count value={0} />
        )}
      </td>
      <td className={edge.health === 'warn' && data.retransmits > 0 ? 'hw-right hw-warn' : 'hw-right'}>
        <Count value={data.retransmits} />
      </td>
      <td className="hw-right">
        <Micros value={data.srtt_us} />
      </td>
      <td className="hw-right">
        <Micros value={data.connect_us} />
      </td>
    </tr>
  )
}
