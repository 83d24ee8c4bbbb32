import type { ReactNode } from 'react'
import { count, micros, perSecond, rate, share } from '../../format/number.js'
import type { GraphEdge, GraphNode } from '../../map/graph.js'
import { Bytes, Count, Quantile } from '../basics/Quantity.js'
import { failuresText, portsText } from '../map/facts.js'

function Fact({ name, children, note }: { name: string; children: ReactNode; note?: string | undefined }) {
  return (
    <div className="hw-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
      {note !== undefined && note !== '' && <small>{note}</small>}
    </div>
  )
}

const spread = (q: { p50: number; p99: number } | null): string | undefined =>
  q ? `p50 ${micros(q.p50)}, p99 ${micros(q.p99)}` : undefined

const tone = (value: number, className: string): string => (value > 0 ? className : '')

export function EdgeSummary({ edge, rangeMs }: { edge: GraphEdge; rangeMs: number }) {
  const { data } = edge
  return (
    <dl className="hw-facts">
      <Fact name="To server" note={rate(perSecond(data.client_to_server_bytes, rangeMs))}>
        <Bytes value={data.client_to_server_bytes} rangeMs={rangeMs} />
      </Fact>
      <Fact name="To client" note={rate(perSecond(data.server_to_client_bytes, rangeMs))}>
        <Bytes value={data.server_to_client_bytes} rangeMs={rangeMs} />
      </Fact>
      <Fact name="Connections" note={`${count(data.open)} open`}>
        <Count value={data.connects} />
      </Fact>
      <Fact name="Failures" note={failuresText(data)}>
        <span className={tone(data.failures, 'hw-bad')}>
          <Count value={data.failures} />
        </span>
      </Fact>
      <Fact name="Sent again" note={`${count(data.retransmits)} segments`}>
        <span className="hw-number">{share(data.retransmit_ratio)}</span>
      </Fact>
      <Fact name="Resets">
        <Count value={data.resets} />
      </Fact>
      <Fact name="Round trip p95" note={spread(data.srtt_us_quantiles)}>
        <Quantile of={data.srtt_us_quantiles} mean={data.srtt_us} />
      </Fact>
      <Fact name="Connect p95" note={spread(data.connect_us_quantiles)}>
        <Quantile of={data.connect_us_quantiles} mean={data.connect_us} />
      </Fact>
      <Fact name="Port">
        <span title={data.server_ports.join(', ')}>{portsText(data.server_ports, 1) || '–'}</span>
      </Fact>
    </dl>
  )
}

export function NodeSummary({ node, rangeMs }: { node: GraphNode; rangeMs: number }) {
  const { data } = node
  return (
    <dl className="hw-facts">
      <Fact name="Sent" note={rate(perSecond(data.tx_bytes, rangeMs))}>
        <Bytes value={data.tx_bytes} rangeMs={rangeMs} />
      </Fact>
      <Fact name="Received" note={rate(perSecond(data.rx_bytes, rangeMs))}>
        <Bytes value={data.rx_bytes} rangeMs={rangeMs} />
      </Fact>
      <Fact name="Connected" note="as client">
        <Count value={data.connects} />
      </Fact>
      <Fact name="Accepted" note="as server">
        <Count value={data.accepts} />
      </Fact>
      <Fact name="Open">
        <Count value={data.open} />
      </Fact>
      <Fact name="Failures" note="of its attempts">
        <span className={tone(data.failures, 'hw-bad')}>
          <Count value={data.failures} />
        </span>
      </Fact>
    </dl>
  )
}
