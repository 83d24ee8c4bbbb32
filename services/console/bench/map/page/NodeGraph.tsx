import type { HealthState, MapAnswer, MapEdge, MapNode } from '@headwater/contracts'
import { memo, useEffect, useRef, useState } from 'react'
import { LayoutSimulation } from '../../../src/map/layout/simulation.js'
import type { Point } from '../../../src/map/positions.js'

/*
 * A stand-in of the same structure as Grafana's Node Graph panel, which is in no package: SVG; a group per node with a
 * disc, arcs of its shares and two HTML boxes of text; per edge a line, a wide unseen line for the pointer and arrow
 * heads of its own; panned and zoomed by a CSS transform of one group that is told to change; what is pointed at dims
 * all else by opacity. Written anew, so that its figures are not Grafana's own.
 */

const RADIUS = 40
/** Places are spread, since its discs are larger than the map's. */
const SPREAD = 2.2
const COLOURS: Record<HealthState, string> = {
  unhealthy: '#cf2740',
  degraded: '#b06a00',
  healthy: '#14855a',
  unknown: '#888',
}

type Answer = Pick<MapAnswer, 'nodes' | 'edges'>
type Places = Map<string, Point>

export function placesOf({ nodes, edges }: Answer): Places {
  const links = edges.map((e) => ({ source: e.source, target: e.target }))
  const bodies = nodes.map((n) => ({ id: n.id, radius: 18 }))
  const simulation = new LayoutSimulation({ nodes: bodies, links, aspect: innerWidth / innerHeight, relax: false })
  while (!simulation.step(20));
  const flat = simulation.positions()
  return new Map(nodes.map((n, i) => [n.id, { x: (flat[2 * i] ?? 0) * SPREAD, y: (flat[2 * i + 1] ?? 0) * SPREAD }]))
}

export interface NodeGraphProps {
  answer: Answer
  places: Places
  onShown(): void
}

export function NodeGraph({ answer, places, onShown }: NodeGraphProps) {
  const [pan, setPan] = useState({ x: 0, y: 0 })
  const [scale, setScale] = useState(1)
  const [pointed, setPointed] = useState<string>()
  const svg = useRef<SVGSVGElement>(null)
  useEffect(() => {
    requestAnimationFrame(() => setTimeout(onShown))
  }, [onShown])
  useEffect(() => {
    const wheel = (e: WheelEvent): void => setScale((s) => Math.max(0.05, s * Math.exp(-e.deltaY * 0.0016)))
    svg.current?.addEventListener('wheel', wheel, { passive: true })
    return () => svg.current?.removeEventListener('wheel', wheel)
  }, [])
  window.bench.fit = () => {
    const all = [...places.values()]
    const reach = Math.max(...all.map((p) => Math.max(Math.abs(p.x) / innerWidth, Math.abs(p.y) / innerHeight)))
    setScale(0.45 / reach)
  }
  const held = useRef<Point>(undefined)
  const move = (e: React.PointerEvent): void => {
    if (!held.current) return
    const from = held.current
    const to = { x: e.clientX, y: e.clientY }
    requestAnimationFrame(() => setPan({ x: from.x + to.x / scale, y: from.y + to.y / scale }))
  }
  const { innerWidth: w, innerHeight: h } = window
  return (
    <svg
      ref={svg}
      viewBox={`${-w / 2} ${-h / 2} ${w} ${h}`}
      style={{ width: '100%', height: '100%', overflow: 'hidden', fontSize: 10 }}
      onPointerDown={(e) => {
        held.current = { x: pan.x - e.clientX / scale, y: pan.y - e.clientY / scale }
      }}
      onPointerMove={move}
      onPointerUp={() => {
        held.current = undefined
      }}
    >
      <title>Node graph</title>
      <g
        style={{
          willChange: 'transform',
          transform: `scale(${scale}) translate(${Math.floor(pan.x)}px, ${Math.floor(pan.y)}px)`,
        }}
      >
        <Lines edges={answer.edges} places={places} pointed={pointed} onPoint={setPointed} />
        <Discs answer={answer} places={places} pointed={pointed} onPoint={setPointed} />
      </g>
    </svg>
  )
}

interface Parts {
  places: Places
  pointed: string | undefined
  onPoint(id: string | undefined): void
}

const Lines = memo(function Lines({ edges, places, pointed, onPoint }: Parts & { edges: MapEdge[] }) {
  return edges.map((e) => (
    <Line
      key={e.id}
      edge={e}
      from={places.get(e.source)}
      to={places.get(e.target)}
      lit={[e.id, e.source, e.target].includes(pointed ?? '')}
      onPoint={onPoint}
    />
  ))
})

interface LineProps {
  edge: MapEdge
  from: Point | undefined
  to: Point | undefined
  lit: boolean
  onPoint: Parts['onPoint']
}

const Line = memo(function Line({ edge, from, to, lit, onPoint }: LineProps) {
  if (!from || !to) return null
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  const [x, y] = [(to.x - from.x) / length, (to.y - from.y) / length]
  const ends = {
    x1: from.x + x * RADIUS,
    y1: from.y + y * RADIUS,
    x2: to.x - x * (RADIUS + 12),
    y2: to.y - y * (RADIUS + 12),
  }
  return (
    <>
      {['#999', '#a00'].map((fill) => (
        <defs key={fill}>
          <marker
            id={`${fill}${edge.id}`}
            {...{ viewBox: '0 0 8 8', refX: 1, refY: 4, markerWidth: 12, markerHeight: 12 }}
            {...{ markerUnits: 'userSpaceOnUse', orient: 'auto' }}
          >
            <path d="M0 0L8 4L0 8z" fill={fill} />
          </marker>
        </defs>
      ))}
      <g style={{ cursor: 'pointer' }}>
        <line {...ends} stroke="#999" strokeWidth={lit ? 2 : 1} markerEnd={`url("#${CSS.escape(`#999${edge.id}`)}")`} />
        <line
          {...ends}
          stroke="transparent"
          strokeWidth={20}
          onPointerEnter={() => onPoint(edge.id)}
          onPointerLeave={() => onPoint(undefined)}
        />
      </g>
    </>
  )
})

const Discs = memo(function Discs({ answer, places, pointed, onPoint }: Parts & { answer: Answer }) {
  const near = new Set([pointed])
  for (const e of answer.edges) if ([e.id, e.source, e.target].includes(pointed ?? '')) near.add(e.source).add(e.target)
  return answer.nodes.map((n) => (
    <Disc key={n.id} node={n} at={places.get(n.id)} dim={pointed !== undefined && !near.has(n.id)} onPoint={onPoint} />
  ))
})

interface DiscProps {
  node: MapNode
  at: Point | undefined
  dim: boolean
  onPoint: Parts['onPoint']
}

const Disc = memo(function Disc({ node, at, dim, onPoint }: DiscProps) {
  if (!at) return null
  const bad = node.health.state === 'healthy' ? 0 : 0.35
  const colour = COLOURS[node.health.state]
  return (
    <g
      style={{ cursor: 'pointer', transition: 'opacity 300ms', opacity: dim ? 0.5 : 1 }}
      onPointerEnter={() => onPoint(node.id)}
      onPointerLeave={() => onPoint(undefined)}
    >
      <circle cx={at.x} cy={at.y} r={RADIUS} fill="#f8fafb" />
      {bad === 0 ? (
        <circle cx={at.x} cy={at.y} r={RADIUS} fill="none" stroke={colour} strokeWidth={2} />
      ) : (
        [0, bad].map((start) => (
          <path
            key={start}
            d={arc(at, start, start === 0 ? bad : 1)}
            {...{ fill: 'none', stroke: start === 0 ? colour : COLOURS.healthy, strokeWidth: 2 }}
          />
        ))
      )}
      <Text {...at} width={70} top={-15} lines={[`${node.connects + node.accepts} c/s`, `${node.tx_bytes} B`]} />
      <Text {...at} width={100} top={RADIUS + 5} lines={[node.label, node.namespace]} />
    </g>
  )
})

function arc({ x, y }: Point, from: number, to: number): string {
  const on = (share: number): string => {
    const angle = 2 * Math.PI * share
    return `${x + Math.sin(angle) * RADIUS} ${y - Math.cos(angle) * RADIUS}`
  }
  return `M${on(from)}A${RADIUS} ${RADIUS} 0 ${to - from > 0.5 ? 1 : 0} 1 ${on(to)}`
}

function Text({ x, y, width, top, lines }: Point & { width: number; top: number; lines: string[] }) {
  const oneLine = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const
  return (
    <foreignObject x={x - width / 2} y={y + top} width={width} height={40}>
      <div style={{ width, textAlign: 'center', ...oneLine }}>
        <span>{lines[0]}</span>
        <br />
        <span>{lines[1]}</span>
      </div>
    </foreignObject>
  )
}
