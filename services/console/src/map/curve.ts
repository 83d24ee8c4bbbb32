import type { GraphEdge } from './graph.js'
import type { Point } from './positions.js'

/** A quadratic curve from border to border of two nodes, or (loop) a cubic above one node. World units. */
export interface Curve {
  from: Point
  to: Point
  control: Point
  /** Second control point: only of a loop, which is cubic. */
  control2?: Point
  /** Unit vector in which the curve arrives. */
  direction: Point
}

const BEND = 0.08
const PAIRED_BEND = 0.17

function loop(at: Point, radius: number): Curve {
  const reach = radius * 2 + 22
  const from = { x: at.x - radius * 0.6, y: at.y - radius * 0.8 }
  const to = { x: at.x + radius * 0.6, y: at.y - radius * 0.8 }
  const control = { x: at.x - reach * 0.9, y: at.y - reach - radius }
  const control2 = { x: at.x + reach * 0.9, y: at.y - reach - radius }
  const d = Math.hypot(to.x - control2.x, to.y - control2.y) || 1
  return { from, to, control, control2, direction: { x: (to.x - control2.x) / d, y: (to.y - control2.y) / d } }
}

/** The drawn line of an edge; `gap` is the room that is left for the arrow head. */
export function curveOf(e: GraphEdge, a: Point, b: Point, gap = 2): Curve {
  if (e.source === e.target) return loop(a, e.source.radius)
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = Math.hypot(dx, dy) || 1
  const bend = e.paired ? PAIRED_BEND : BEND
  const control = { x: (a.x + b.x) / 2 - dy * bend, y: (a.y + b.y) / 2 + dx * bend }
  const leave = Math.hypot(control.x - a.x, control.y - a.y) || 1
  const arrive = Math.hypot(b.x - control.x, b.y - control.y) || 1
  const direction = { x: (b.x - control.x) / arrive, y: (b.y - control.y) / arrive }
  const start = Math.min(e.source.radius + 1, length / 3)
  const stop = Math.min(e.target.radius + gap, length / 3)
  return {
    from: { x: a.x + ((control.x - a.x) / leave) * start, y: a.y + ((control.y - a.y) / leave) * start },
    to: { x: b.x - direction.x * stop, y: b.y - direction.y * stop },
    control,
    direction,
  }
}

/** The point at `t` (0 to 1) of the way. */
export function pointAt(c: Curve, t: number): Point {
  const u = 1 - t
  if (c.control2) {
    const [p, q, r, s] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t]
    return {
      x: p * c.from.x + q * c.control.x + r * c.control2.x + s * c.to.x,
      y: p * c.from.y + q * c.control.y + r * c.control2.y + s * c.to.y,
    }
  }
  return {
    x: u * u * c.from.x + 2 * u * t * c.control.x + t * t * c.to.x,
    y: u * u * c.from.y + 2 * u * t * c.control.y + t * t * c.to.y,
  }
}

const STEPS = 12

/** Distance of a point from the curve, taken as a chain of 12 straight pieces. */
export function distanceTo(c: Curve, p: Point): number {
  let best = Number.POSITIVE_INFINITY
  let a = c.from
  for (let i = 1; i <= STEPS; i++) {
    const b = pointAt(c, i / STEPS)
    const [dx, dy] = [b.x - a.x, b.y - a.y]
    const t = Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy || 1)))
    best = Math.min(best, Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy))
    a = b
  }
  return best
}
