import { count } from '../../format/number.js'
import { ellipsis, nameOf } from '../../format/text.js'
import type { Box } from '../camera.js'
import { pointAt } from '../curve.js'
import type { Line, Placed } from '../geometry.js'
import type { GraphEdge } from '../graph.js'
import { cull, type Label, type Under } from '../labels.js'
import { markOf } from '../marks.js'
import { hasArrows, type Scene, worldBox } from '../scene.js'
import type { Found } from '../search.js'

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

/** Whole in sight. */
const inside = (scene: Scene, b: Box): boolean =>
  b.left >= 0 && b.right <= scene.size.width && b.top >= 0 && b.bottom <= scene.size.height

const isStrong = (scene: Scene, id: string): boolean =>
  [scene.hovered, scene.selected].some((s) => s?.type === 'node' && s.id === id)

/** Below the node; else above, right or left of it, and rather where all of it is in sight. */
function nodeLabel(ctx: CanvasRenderingContext2D, scene: Scene, { node, at }: Placed): PaintedLabel {
  const { camera } = scene
  const [x, y, radius] = [at.x * camera.k + camera.x, at.y * camera.k + camera.y, node.radius * camera.k]
  const strong = isStrong(scene, node.id)
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
  return { id: `n${node.id}`, text, strong, badge: false, clear: false, always: strong, places }
}

/** What stands on an edge: the mark of its state, what became of it, or how many connections are open. */
function badgeText(e: GraphEdge): string {
  const change = CHANGES[e.data.change?.kind ?? 'same']
  const open = e.data.open > 0 ? count(e.data.open) : ''
  return [markOf(e.health), change || open].filter((t) => t !== '').join(' ')
}

const isTelling = (e: GraphEdge): boolean =>
  markOf(e.health) !== '' || (e.data.change !== null && e.data.change.kind !== 'same')

/** On its edge, if there is something to say and room for it. */
function edgeBadge(
  ctx: CanvasRenderingContext2D,
  { camera, theme }: Scene,
  { edge, curve }: Line,
  lit: boolean,
): PaintedLabel | undefined {
  const telling = isTelling(edge)
  const length = Math.hypot(curve.to.x - curve.from.x, curve.to.y - curve.from.y) * camera.k
  if (length < (telling ? SHORTEST_TELLING : SHORTEST_BADGED) && !curve.control2) return undefined
  const text = badgeText(edge)
  if (text === '') return undefined
  const half = widthOf(ctx, text) / 2 + 6
  // In the middle; what must be told may stand nearer to an end, where the middle is taken.
  const places = (telling ? ALONG : MIDDLE).map((t) => {
    const at = pointAt(curve, t)
    return around(at.x * camera.k + camera.x, at.y * camera.k + camera.y, half, 8)
  })
  const tone = edge.health === 'unhealthy' ? theme.bad : edge.health === 'degraded' ? theme.warn : undefined
  return { id: `e${edge.id}`, text, strong: lit, badge: true, tone, clear: !telling, always: false, places }
}

/** Names of nodes: those pointed at, then the rest by what they are worth. */
function* names(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): Generator<PaintedLabel> {
  const { geometry, hovered, selected } = scene
  const strong = new Set([hovered, selected].flatMap((s) => (s?.type === 'node' ? s.id : [])))
  const wanted = [...strong].filter((id) => !focus || focus.nodes.has(id)).flatMap((id) => geometry.byId.get(id) ?? [])
  const rest = scene.nameless ? [] : geometry.byPriority()
  for (const placed of wanted) yield nodeLabel(ctx, scene, placed)
  const world = worldBox(scene.camera, { left: 0, top: 0, right: scene.size.width, bottom: scene.size.height })
  for (const placed of rest) {
    const { node, at } = placed
    // As far as a name can be from the middle of its node.
    const [x, y] = [node.radius + 200 / scene.camera.k, node.radius + 40 / scene.camera.k]
    if (at.x + x < world.left || at.x - x > world.right || at.y + y < world.top || at.y - y > world.bottom) continue
    if (strong.has(node.id) || (focus && !focus.nodes.has(node.id))) continue
    yield nodeLabel(ctx, scene, placed)
  }
}

/** Badges of edges: what is unwell or has changed at every zoom, the rest when near or in focus; the wider, the sooner. */
function* badges(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): Generator<PaintedLabel> {
  const { camera, geometry, size } = scene
  const world = worldBox(camera, { left: 0, top: 0, right: size.width, bottom: size.height })
  const arrows = hasArrows(camera)
  const lines = focus
    ? [...focus.edges].flatMap((id) => geometry.line(id, arrows) ?? [])
    : geometry.linesIn(world, arrows).filter(({ edge }) => camera.k >= BADGES_FROM_ZOOM || isTelling(edge))
  const worth = ({ edge }: Line): number => (isTelling(edge) ? 500 : 0) + edge.width
  for (const line of lines.sort((a, b) => worth(b) - worth(a) || (a.edge.id < b.edge.id ? -1 : 1))) {
    const badge = edgeBadge(ctx, scene, line, focus !== undefined)
    if (badge) yield badge
  }
}

function* labelsOf(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): Generator<PaintedLabel> {
  for (const label of names(ctx, scene, focus)) if (inSight(scene, label.places[0])) yield label
  for (const badge of badges(ctx, scene, focus)) if (inSight(scene, badge.places[0])) yield badge
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
  const most = Math.max(24, Math.round((scene.size.width * scene.size.height) / AREA))
  const under = (b: Box): Under => scene.geometry.under(worldBox(scene.camera, b), 1 / scene.camera.k)
  const shown = cull(labelsOf(ctx, scene, focus), under, focus ? undefined : most)
  // What is placed first is painted last, over the others.
  for (const [label, at] of [...shown].reverse()) paintLabel(ctx, scene, label, at)
  return shown.size
}
