import { type Curve, pointAt } from '../curve.js'
import { arrowLength, type Line } from '../geometry.js'
import type { GraphEdge } from '../graph.js'
import { hasArrows, type Pulse, type Scene, type View } from '../scene.js'
import type { Found } from '../search.js'

const PULSE_MS = 950
/** From so many edges on they are a texture, and are painted lighter. */
const MANY = 500

/** World units. Counted on another edge: dashed. Gone since the range compared with: dotted. */
const DASHED: readonly number[] = [9, 6]
const DOTTED: readonly number[] = [0.1, 7]
const SOLID: readonly number[] = []

const dashOf = ({ data }: GraphEdge): readonly number[] =>
  data.change?.kind === 'gone' ? DOTTED : data.counted ? SOLID : DASHED

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
  lines: Line[]
}

/** Lines of one look share one path: a stroke and a fill per look, not per edge. `marked`: the one that is pointed at or selected. */
export function paintEdges(
  ctx: CanvasRenderingContext2D,
  { theme, camera, geometry }: View,
  lines: readonly Line[],
  focus: Found | undefined,
  marked: readonly string[] = [],
): void {
  const colours = { healthy: theme.edge, unknown: theme.edge, degraded: theme.warn, unhealthy: theme.bad }
  const calm = geometry.graph.edges.length > MANY ? 0.32 : 0.6
  const buckets = new Map<string, Bucket>()
  for (const line of lines) {
    const { edge } = line
    const lit = focus?.edges.has(edge.id) ?? false
    const isMarked = marked.includes(edge.id)
    const quiet = edge.health === 'healthy' || edge.health === 'unknown'
    const kind = edge.data.change?.kind
    const colour = quiet && (lit || kind === 'new') ? theme.accent : colours[edge.health]
    const base = kind === 'gone' ? 0.5 : quiet && kind !== 'new' ? calm : 0.85
    const alpha = isMarked ? 1 : focus ? (lit ? 0.95 : 0.13) : base
    const dash = dashOf(edge)
    const least = dash === DOTTED ? 2.6 : 0
    const width = Math.max(Math.round(edge.width * 2) / 2 + (isMarked ? 1.5 : 0), 0.9 / camera.k, least)
    const key = `${alpha}|${colour}|${width}|${dash.length === 0 ? '' : dash[0]}`
    const bucket = buckets.get(key)
    if (bucket) bucket.lines.push(line)
    else buckets.set(key, { colour, alpha, width, dash, lines: [line] })
  }
  // By key, too: what lies over what must not depend on which edges are in sight.
  const order = [...buckets].sort(([p, a], [q, b]) => a.alpha - b.alpha || (p < q ? -1 : 1))
  for (const [, bucket] of order) {
    ctx.globalAlpha = bucket.alpha
    ctx.strokeStyle = bucket.colour
    ctx.fillStyle = bucket.colour
    ctx.lineWidth = bucket.width
    ctx.lineCap = bucket.dash === DOTTED || bucket.width * camera.k >= 2 ? 'round' : 'butt'
    ctx.setLineDash([...bucket.dash])
    ctx.beginPath()
    for (const { curve } of bucket.lines) trace(ctx, curve)
    ctx.stroke()
    if (!hasArrows(camera)) continue
    ctx.beginPath()
    for (const { curve, edge } of bucket.lines) traceArrow(ctx, curve, arrowLength(edge))
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
    if (t >= 1 || !scene.geometry.graph.edgeById.has(pulse.edge)) continue
    moving = true
    if (t >= 0 && (!focus || focus.edges.has(pulse.edge))) paintDrop(ctx, scene, pulse, t)
  }
  ctx.globalAlpha = 1
  return moving
}

function paintDrop(ctx: CanvasRenderingContext2D, { geometry, camera, theme }: Scene, pulse: Pulse, t: number): void {
  const line = geometry.line(pulse.edge, hasArrows(camera))
  if (!line) return
  const { edge, curve } = line
  const at = pointAt(curve, 1 - (1 - t) ** 2)
  ctx.globalAlpha = Math.min(1, 4 * (1 - t))
  ctx.fillStyle = edge.health === 'unhealthy' ? theme.bad : theme.accent
  ctx.beginPath()
  ctx.arc(at.x, at.y, Math.max(2.6, edge.width * 0.9 + 1), 0, 2 * Math.PI)
  ctx.fill()
}
