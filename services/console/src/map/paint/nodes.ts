import type { Placed } from '../geometry.js'
import type { Shape } from '../graph.js'
import { markOf } from '../marks.js'
import type { Point } from '../positions.js'
import type { Scene, View } from '../scene.js'
import type { Found } from '../search.js'
import type { MapTheme } from '../theme.js'

const DIMMED = 0.2
/** CSS pixels of radius from which the inside of a node is drawn. */
const GLYPHS_FROM = 5

function outline(ctx: CanvasRenderingContext2D, shape: Shape, { x, y }: Point, radius: number): void {
  if (shape === 'process') {
    ctx.moveTo(x + radius, y)
    ctx.arc(x, y, radius, 0, 2 * Math.PI)
  } else if (shape === 'address') {
    const half = radius * 0.86
    ctx.roundRect(x - half, y - half, 2 * half, 2 * half, radius * 0.28)
  } else {
    for (let i = 0; i < 6; i++) {
      const angle = (Math.PI / 3) * i - Math.PI / 2
      const [px, py] = [x + Math.cos(angle) * radius * 1.06, y + Math.sin(angle) * radius * 1.06]
      if (i === 0) ctx.moveTo(px, py)
      else ctx.lineTo(px, py)
    }
    ctx.closePath()
  }
}

/** What is inside: a full drop for what is observed, a hollow square for an address, a globe for the internet. */
function glyph(ctx: CanvasRenderingContext2D, { node, at }: Placed): void {
  const r = node.radius
  const { x, y } = at
  if (node.shape === 'process') {
    ctx.moveTo(x + r * 0.42, y)
    ctx.arc(x, y, r * 0.42, 0, 2 * Math.PI)
  } else if (node.shape === 'address') ctx.roundRect(x - r * 0.28, y - r * 0.28, r * 0.56, r * 0.56, r * 0.1)
  else {
    ctx.moveTo(x + r * 0.5, y)
    ctx.arc(x, y, r * 0.5, 0, 2 * Math.PI)
    ctx.moveTo(x + r * 0.22, y)
    ctx.ellipse(x, y, r * 0.22, r * 0.5, 0, 0, 2 * Math.PI)
    ctx.moveTo(x - r * 0.5, y)
    ctx.lineTo(x + r * 0.5, y)
  }
}

/** Nodes of one look at once: a path for all, not one for each. */
function paintAlike(
  ctx: CanvasRenderingContext2D,
  { theme, camera }: View,
  shape: Shape,
  dim: boolean,
  colour: string,
  nodes: Placed[],
): void {
  const draw = (some: Placed[], what: (p: Placed) => void, finish: 'fill' | 'stroke'): void => {
    if (some.length === 0) return
    ctx.beginPath()
    for (const p of some) what(p)
    ctx[finish]()
  }
  const whole = (p: Placed): void => outline(ctx, shape, p.at, p.node.radius)
  ctx.fillStyle = theme.background
  draw(nodes, whole, 'fill')
  ctx.fillStyle = colour
  ctx.strokeStyle = colour
  ctx.globalAlpha = dim ? DIMMED * 0.35 : 0.2
  draw(nodes, whole, 'fill')
  ctx.globalAlpha = dim ? DIMMED : 1
  ctx.lineWidth = Math.max(1.75, 1 / camera.k)
  draw(
    nodes.filter((p) => !p.node.data.self),
    whole,
    'stroke',
  )
  ctx.setLineDash([4, 3])
  draw(
    nodes.filter((p) => p.node.data.self),
    whole,
    'stroke',
  )
  ctx.setLineDash([])
  ctx.lineWidth = 1.25
  const large = nodes.filter((p) => p.node.radius * camera.k >= GLYPHS_FROM)
  draw(large, (p) => glyph(ctx, p), shape === 'process' ? 'fill' : 'stroke')
  ctx.globalAlpha = 1
}

/** The mark of an unwell node's state, in a disc at its shoulder: the state is told without colour too. */
function stateMarks(ctx: CanvasRenderingContext2D, { theme, camera }: View, nodes: Placed[]): void {
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  let sized = 0
  for (const { node, at } of nodes) {
    const mark = markOf(node.health)
    if (mark === '') continue
    const size = Math.max(node.radius * 0.5, 5 / camera.k)
    const [x, y] = [at.x + node.radius * 0.78, at.y - node.radius * 0.78]
    ctx.beginPath()
    ctx.arc(x, y, size, 0, 2 * Math.PI)
    ctx.fillStyle = node.health === 'unhealthy' ? theme.bad : theme.warn
    ctx.strokeStyle = theme.background
    ctx.lineWidth = Math.max(2, 1 / camera.k)
    ctx.stroke()
    ctx.fill()
    ctx.fillStyle = theme.background
    // To set a font is dear, and far out all marks are of one size.
    if (size !== sized) ctx.font = `800 ${size * 1.7}px ${theme.font}`
    sized = size
    ctx.fillText(mark, x, y + size * 0.08)
  }
}

/** A line round what is selected or pointed at. */
export function paintRings(ctx: CanvasRenderingContext2D, { selected, hovered, theme, geometry }: Scene): void {
  for (const id of new Set([selected, hovered].map((s) => (s?.type === 'node' ? s.id : undefined)))) {
    const placed = id === undefined ? undefined : geometry.byId.get(id)
    if (!placed) continue
    const { node, at } = placed
    const isSelected = selected?.type === 'node' && selected.id === id
    ctx.beginPath()
    outline(ctx, node.shape, at, node.radius + 8)
    ctx.globalAlpha = isSelected ? 0.95 : 0.5
    ctx.strokeStyle = theme.accent
    ctx.lineWidth = 2
    ctx.stroke()
  }
  ctx.globalAlpha = 1
}

/** What is healthy has the colour of its shape; what is unwell that of its state; what cannot be judged is grey. */
function colourOf({ node }: Placed, theme: MapTheme): string {
  if (node.health === 'unhealthy') return theme.bad
  if (node.health === 'degraded') return theme.warn
  return node.health === 'unknown' && node.shape === 'process' ? theme.address : theme[node.shape]
}

export function paintNodes(
  ctx: CanvasRenderingContext2D,
  view: View,
  nodes: readonly Placed[],
  focus: Found | undefined,
): void {
  const isDim = (p: Placed): boolean => focus !== undefined && !focus.nodes.has(p.node.id)
  const looks = Map.groupBy(nodes, (p) => `${isDim(p) ? 0 : 1}|${p.node.shape}|${colourOf(p, view.theme)}`)
  for (const [key, alike] of [...looks].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first] = alike
    if (first) paintAlike(ctx, view, first.node.shape, key.startsWith('0'), colourOf(first, view.theme), alike)
  }
  const unwell = nodes.filter((p) => markOf(p.node.health) !== '')
  ctx.globalAlpha = focus ? DIMMED : 1
  stateMarks(ctx, view, unwell.filter(isDim))
  ctx.globalAlpha = 1
  stateMarks(
    ctx,
    view,
    unwell.filter((p) => !isDim(p)),
  )
}
