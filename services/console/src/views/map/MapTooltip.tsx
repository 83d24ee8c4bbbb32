import { bytes, count, micros, perSecond, rate, share } from '../../format/number.js'
import type { Size } from '../../map/camera.js'
import { bytesOf, type Graph } from '../../map/graph.js'
import type { Selection } from '../../map/hit.js'
import type { Point } from '../../map/positions.js'
import { Glyph, SHAPE_NAMES } from '../basics/Glyph.js'
import { Name } from '../basics/Name.js'
import { ChangeNote } from '../changes/Change.js'
import { HealthNote } from '../health/State.js'
import { failuresText, NAT_TEXT, portsText } from './facts.js'

const WIDTH = 340

function NodeFacts({ graph, id, rangeMs }: { graph: Graph; id: string; rangeMs: number }) {
  const n = graph.byId.get(id)
  if (!n) return null
  const { data } = n
  return (
    <>
      <div className="hw-tip-title">
        <Glyph shape={n.shape} /> <Name text={n.label} max={40} />
      </div>
      <div className="hw-muted">
        {data.kind}, {n.shape === 'address' && data.class !== '' ? data.class : SHAPE_NAMES[n.shape]}
        {data.self && ', Headwater itself'}
      </div>
      <HealthNote health={data.health} />
      <dl>
        <dt>Sent</dt>
        <dd>
          {bytes(data.tx_bytes)} <small>{rate(perSecond(data.tx_bytes, rangeMs))}</small>
        </dd>
        <dt>Received</dt>
        <dd>
          {bytes(data.rx_bytes)} <small>{rate(perSecond(data.rx_bytes, rangeMs))}</small>
        </dd>
        <dt>Connections</dt>
        <dd>
          {count(data.connects)} out, {count(data.accepts)} in, {count(data.open)} open
        </dd>
        {data.failures > 0 && (
          <>
            <dt>Failures</dt>
            <dd className="hw-bad">{count(data.failures)}</dd>
          </>
        )}
      </dl>
    </>
  )
}

function EdgeFacts({ graph, id, rangeMs }: { graph: Graph; id: string; rangeMs: number }) {
  const e = graph.edgeById.get(id)
  if (!e) return null
  const { data } = e
  return (
    <>
      <div className="hw-tip-title">
        <Name text={e.source.label} max={20} /> <span>→</span> <Name text={e.target.label} max={20} />
      </div>
      <div className="hw-muted">
        {data.transport} {data.server_ports.length > 0 && `:${portsText(data.server_ports, 4)}`}
        {!data.counted && `, ${NAT_TEXT}`}
      </div>
      <HealthNote health={data.health} />
      <ChangeNote change={data.change} />
      <dl>
        <dt>To server</dt>
        <dd>{bytes(data.client_to_server_bytes)}</dd>
        <dt>To client</dt>
        <dd>{bytes(data.server_to_client_bytes)}</dd>
        <dt>Mean</dt>
        <dd>{rate(perSecond(bytesOf(data), rangeMs))}</dd>
        <dt>Connections</dt>
        <dd>
          {count(data.connects)}, {count(data.open)} open
        </dd>
        {data.failures > 0 && (
          <>
            <dt>Failures</dt>
            <dd className="hw-bad">{failuresText(data) || count(data.failures)}</dd>
          </>
        )}
        {data.retransmits > 0 && (
          <>
            <dt>Sent again</dt>
            <dd>
              {share(data.retransmit_ratio)} <small>{count(data.retransmits)}</small>
            </dd>
          </>
        )}
        <Quantiles name="RTT" of={data.srtt_us_quantiles} />
        <Quantiles name="Connect" of={data.connect_us_quantiles} />
      </dl>
    </>
  )
}

function Quantiles({ name, of }: { name: string; of: { p50: number; p95: number; p99: number } | null }) {
  if (!of) return null
  return (
    <>
      <dt>
        {name} <small>p50 · 95 · 99</small>
      </dt>
      <dd>{[of.p50, of.p95, of.p99].map(micros).join(' · ')}</dd>
    </>
  )
}

export interface MapTooltipProps {
  graph: Graph
  of: Selection
  at: Point
  size: Size
  rangeMs: number
}

/** Beside the pointer, on the side that has room. */
export function MapTooltip({ graph, of, at, size, rangeMs }: MapTooltipProps) {
  const left = at.x + 18 + WIDTH > size.width ? Math.max(4, at.x - WIDTH - 14) : at.x + 18
  const low = at.y > size.height / 2
  const Facts = of.type === 'node' ? NodeFacts : EdgeFacts
  return (
    <div
      className="hw-tooltip"
      style={{ left, width: WIDTH, ...(low ? { bottom: size.height - at.y + 10 } : { top: at.y + 14 }) }}
    >
      <Facts graph={graph} id={of.id} rangeMs={rangeMs} />
    </div>
  )
}
