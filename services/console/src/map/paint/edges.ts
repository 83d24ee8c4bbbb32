import { type Curve, curveOf, pointAt } from '../curve.js'
import type { GraphEdge } from '../graph.js'
import type { Scene } from '../scene.js'
import type { Found } from '../search.js'

const ARROWS_FROM_ZOOM = 0.3
const PULSE_MS = 950
/** From so many edges on they are a texture, and are painted lighter. */
const MANY = 500

/** World units. Counted on another edge: dashed. Gone since the range compared with: dotted. */
const DASHED: readonly number[] = [9, 6]
const DOTTED: readonly number[] = [0.1, 7]
const SOLID: readonly number[] = []

const dashOf = ({ data }: GraphEdge): readonly number[] =>
  data.change?.kind === 'gone' ? DOTTED : data.counted ? SOLID : DASHED

const arrowLength = (e: GraphEdge): number => 6 + e.width * 1.6

/** The curve as painted, or undefined where an end has no place yet. */
export function paintedCurve(scene: Scene, e: GraphEdge): Curve | undefined {
  const a = scene.positions.get(e.source.id)
  const b = scene.positions.get(e.target.id)
  if (!a || !b) return undefined
  const arrows = scene.camera.k >= ARROWS_FROM_ZOOM
  return curveOf(e, a, b, arrows ? arrowLength(e) + 1 : 2)
}

function trace(ctx: CanvasRenderingContext2D, c: Curve): void {
  ctx.moveTo(c.from.x, c.from.y)
  if (c.control2) ctx.bezierCurveTo(c.control.x, c.control.y, c.control2.x, c.control2.y, c.to.x, c.to.y)
  else ctx.quadraticCurveTo(c.control.x, c.control.y, c.to.x, c.to.y)
}

function traceArrow(ctx: CanvasRenderingContext2D, c: Curve, length: number): void {
  const { x, y } = c.direction
  const half = length * 0.44
  ctx.moveTo(c.to.x + x * length, c.to.y + y * length)
  ctx.lineTo(c.to.x - y * half, c.to.y + x * half)
  ctx.lineTo(c.to.x + y * half, c.to.y - x * half)
  ctx.closePath()
}

interface Bucket {
  colour: string
  alpha: number
  width: number
  dash: readonly number[]
  edges: { edge: GraphEdge; curve: Curve }[]
}

const outside = (scene: Scene, c: Curve): boolean => {
  const { camera: m, size } = scene
  const xs = [c.from.x, c.to.x, c.control.x].map((x) => x * m.k + m.x)
  const ys = [c.from.y, c.to.y, c.control.y].map((y) => y * m.k + m.y)
  return Math.max(...xs) < 0 || Math.min(...xs) > size.width || Math.max(...ys) < 0 || Math.min(...ys) > size.height
}

/** Edges of one look share one path: a stroke and a fill per look, not per edge. */
export function paintEdges(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): void {
  const { theme, camera } = scene
  const colours = { healthy: theme.edge, unknown: theme.edge, degraded: theme.warn, unhealthy: theme.bad }
  const pointed = scene.hovered?.type === 'edge' ? scene.hovered.id : undefined
  const chosen = scene.selected?.type === 'edge' ? scene.selected.id : undefined
  const calm = scene.graph.edges.length > MANY ? 0.32 : 0.6
  const buckets = new Map<string, Bucket>()
  for (const edge of scene.graph.edges) {
    const curve = paintedCurve(scene, edge)
    if (!curve || outside(scene, curve)) continue
    const lit = focus?.edges.has(edge.id) ?? false
    const marked = edge.id === pointed || edge.id === chosen
    const quiet = edge.health === 'healthy' || edge.health === 'unknown'
    const kind = edge.data.change?.kind
    const colour = quiet && (lit || kind === 'new') ? theme.accent : colours[edge.health]
    const base = kind === 'gone' ? 0.5 : quiet && kind !== 'new' ? calm : 0.85
    const alpha = marked ? 1 : focus ? (lit ? 0.95 : 0.13) : base
    const dash = dashOf(edge)
    const least = dash === DOTTED ? 2.6 : 0
    const width = Math.max(Math.round(edge.width * 2) / 2 + (marked ? 1.5 : 0), 0.9 / camera.k, least)
    const key = `${alpha}|${colour}|${width}|${dash.join()}`
    const bucket = buckets.get(key)
    if (bucket) bucket.edges.push({ edge, curve })
    else buckets.set(key, { colour, alpha, width, dash, edges: [{ edge, curve }] })
  }
  ctx.lineCap = 'round'
  for (const bucket of [...buckets.values()].sort((a, b) => a.alpha - b.alpha)) {
    ctx.globalAlpha = bucket.alpha
    ctx.strokeStyle = bucket.colour
    ctx.fillStyle = bucket.colour
    ctx.lineWidth = bucket.width
    ctx.lineCap = bucket.dash === DOTTED || bucket.width * camera.k >= 2 ? 'round' : 'butt'
    ctx.setLineDash([...bucket.dash])
    ctx.beginPath()
    for (const { curve } of bucket.edges) trace(ctx, curve)
    ctx.stroke()
    if (camera.k < ARROWS_FROM_ZOOM) continue
    ctx.beginPath()
    for (const { curve, edge } of bucket.edges) traceArrow(ctx, curve, arrowLength(edge))
    ctx.fill()
  }
  ctx.setLineDash([])
  ctx.globalAlpha = 1
}

/** Drops that run from client to server. @returns whether any is still on its way */
export function paintPulses(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): boolean {
  let moving = false
  for (const pulse of scene.pulses) {
    const t = (scene.now - pulse.start) / PULSE_MS
    const edge = scene.graph.edgeById.get(pulse.edge)
    if (t >= 1 || !edge) continue
    moving = true
    if (t < 0 || (focus && !focus.edges.has(edge.id))) continue
    const curve = paintedCurve(scene, edge)
    if (!curve || outside(scene, curve)) continue
    const at = pointAt(curve, 1 - (1 - t) ** 2)
    ctx.globalAlpha = Math.min(1, 4 * (1 - t))
    ctx.fillStyle = edge.health === 'unhealthy' ? scene.theme.bad : scene.theme.accent
    ctx.beginPath()
    ctx.arc(at.x, at.y, Math.max(2.6, edge.width * 0.9 + 1), 0, 2 * Math.PI)
    ctx.fill()
  }
  ctx.globalAlpha = 1
  return moving
}
