import { count } from '../../format/number.js'
import { ellipsis, nameOf } from '../../format/text.js'
import type { Box } from '../camera.js'
import { pointAt } from '../curve.js'
import type { GraphEdge, GraphNode } from '../graph.js'
import { cull, type Label } from '../labels.js'
import { markOf } from '../marks.js'
import type { Point } from '../positions.js'
import type { Scene } from '../scene.js'
import type { Found } from '../search.js'
import { paintedCurve } from './edges.js'

const SIZE = 12
const LONGEST = 26
const CHANGES = { new: '+ new', gone: '− gone', changed: '≠ changed', same: '' } as const
const BADGES_FROM_ZOOM = 0.6
const SHORTEST_BADGED = 48
const SHORTEST_TELLING = 30
const MIDDLE = [0.5]
const ALONG = [0.5, 0.38, 0.62, 0.26, 0.74]
/** CSS pixels of canvas for each label, at least: more labels than that are noise. */
const AREA = 11_000

interface PaintedLabel extends Label {
  text: string
  strong: boolean
  badge: boolean
  /** Colour of a badge's border and text; undefined: calm. */
  tone?: string | undefined
}

const widths = new Map<string, number>()

function widthOf(ctx: CanvasRenderingContext2D, text: string): number {
  const key = ctx.font + text
  let width = widths.get(key)
  if (width === undefined) {
    width = ctx.measureText(text).width
    if (widths.size > 20_000) widths.clear()
    widths.set(key, width)
  }
  return width
}

const around = (x: number, y: number, halfWidth: number, halfHeight: number): Box => ({
  left: x - halfWidth,
  right: x + halfWidth,
  top: y - halfHeight,
  bottom: y + halfHeight,
})

const inSight = (scene: Scene, b: Box | undefined): boolean =>
  b !== undefined && b.right > 0 && b.left < scene.size.width && b.bottom > 0 && b.top < scene.size.height

interface OnScreen extends Point {
  node: GraphNode
  radius: number
}

function onScreen({ camera, positions, graph }: Scene): OnScreen[] {
  return graph.nodes.flatMap((node) => {
    const p = positions.get(node.id)
    return p
      ? [{ node, x: p.x * camera.k + camera.x, y: p.y * camera.k + camera.y, radius: node.radius * camera.k }]
      : []
  })
}

/** Whole in sight. */
const inside = (scene: Scene, b: Box): boolean =>
  b.left >= 0 && b.right <= scene.size.width && b.top >= 0 && b.bottom <= scene.size.height

/** Below the node; else above, right or left of it, and rather where all of it is in sight. */
function nodeLabel(ctx: CanvasRenderingContext2D, scene: Scene, { node, x, y, radius }: OnScreen): PaintedLabel {
  const strong = [scene.hovered, scene.selected].some((s) => s?.type === 'node' && s.id === node.id)
  const change = CHANGES[node.data.change?.kind ?? 'same']
  const text = `${ellipsis(nameOf(node.label), strong ? 2 * LONGEST : LONGEST)}${change && `  ${change}`}`
  const half = widthOf(ctx, text) / 2 + 3
  const away = radius + 5 + SIZE / 2
  const all = [
    around(x, y + away, half, SIZE / 2 + 1),
    around(x, y - away, half, SIZE / 2 + 1),
    around(x + radius + 4 + half, y, half, SIZE / 2 + 1),
    around(x - radius - 4 - half, y, half, SIZE / 2 + 1),
  ]
  const places = [...all.filter((b) => inside(scene, b)), ...all.filter((b) => !inside(scene, b))]
  const priority = strong
    ? Number.POSITIVE_INFINITY
    : 1000 + node.radius * 10 + (scene.graph.neighbours.get(node.id)?.size ?? 0)
  return { id: `n${node.id}`, text, strong, badge: false, clear: false, priority, places }
}

/** What stands on an edge: the mark of its state, what became of it, or how many connections are open. */
function badgeText(e: GraphEdge): string {
  const change = CHANGES[e.data.change?.kind ?? 'same']
  const open = e.data.open > 0 ? count(e.data.open) : ''
  return [markOf(e.health), change || open].filter((t) => t !== '').join(' ')
}

/** On its edge. What is unwell or has changed is marked at every zoom. */
function edgeBadges(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): PaintedLabel[] {
  const { camera, theme } = scene
  const labels: PaintedLabel[] = []
  for (const e of scene.graph.edges) {
    const lit = focus?.edges.has(e.id) ?? false
    const text = badgeText(e)
    const telling = markOf(e.health) !== '' || (e.data.change !== null && e.data.change.kind !== 'same')
    if (text === '' || (focus ? !lit : camera.k < BADGES_FROM_ZOOM && !telling)) continue
    const curve = paintedCurve(scene, e)
    if (!curve) continue
    const length = Math.hypot(curve.to.x - curve.from.x, curve.to.y - curve.from.y) * camera.k
    if (length < (telling ? SHORTEST_TELLING : SHORTEST_BADGED) && !curve.control2) continue
    const half = widthOf(ctx, text) / 2 + 6
    // In the middle; what must be told may stand nearer to an end, where the middle is taken.
    const places = (telling ? ALONG : MIDDLE).map((t) => {
      const at = pointAt(curve, t)
      return around(at.x * camera.k + camera.x, at.y * camera.k + camera.y, half, 8)
    })
    const tone = e.health === 'unhealthy' ? theme.bad : e.health === 'degraded' ? theme.warn : undefined
    const priority = telling ? 500 + e.width : e.width
    labels.push({ id: `e${e.id}`, text, strong: lit, badge: true, tone, clear: !telling, priority, places })
  }
  return labels
}

function paintLabel(ctx: CanvasRenderingContext2D, scene: Scene, label: PaintedLabel, at: Box): void {
  const { theme } = scene
  const [x, y] = [(at.left + at.right) / 2, (at.top + at.bottom) / 2 + 0.5]
  if (label.badge) {
    ctx.beginPath()
    ctx.roundRect(at.left, at.top, at.right - at.left, at.bottom - at.top, 8)
    ctx.fillStyle = theme.surface
    ctx.fill()
    ctx.lineWidth = 1
    ctx.strokeStyle = label.tone ?? (label.strong ? theme.accent : theme.edge)
    ctx.stroke()
  } else {
    ctx.lineWidth = 4
    ctx.strokeStyle = theme.background
    ctx.strokeText(label.text, x, y)
  }
  ctx.fillStyle = label.tone ?? theme.text
  ctx.fillText(label.text, x, y)
}

/** Screen space: labels keep their size at every zoom, and those without room are left out. @returns how many are shown */
export function paintLabels(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): number {
  ctx.direction = 'ltr'
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  ctx.lineJoin = 'round'
  ctx.font = `500 ${SIZE}px ${scene.theme.font}`
  const nodes = onScreen(scene)
  const labels = nodes
    .filter((n) => !focus || focus.nodes.has(n.node.id))
    .map((n) => nodeLabel(ctx, scene, n))
    .filter((l) => !scene.nameless || l.strong)
    .concat(edgeBadges(ctx, scene, focus))
    .filter((l) => inSight(scene, l.places[0]))
  const obstacles = nodes.map((n) => around(n.x, n.y, n.radius + 1, n.radius + 1)).filter((b) => inSight(scene, b))
  const most = Math.max(24, Math.round((scene.size.width * scene.size.height) / AREA))
  const shown = cull(labels, obstacles, focus ? undefined : most)
  for (const label of labels) {
    const at = shown.get(label.id)
    if (at) paintLabel(ctx, scene, label, at)
  }
  return shown.size
}
