import { focusOf, hasArrows, type Scene } from '../scene.js'
import type { Found } from '../search.js'
import { type Backdrop, toWorldUnits } from './backdrop.js'
import { paintEdges, paintPulses } from './edges.js'
import { paintLabels } from './labels.js'
import { paintNodes, paintRings } from './nodes.js'

export interface Painted {
  /** Something moves: another frame is wanted. */
  moving: boolean
  /** The picture is the last one, scaled: a fine one is wanted when the zoom is at rest. */
  rough: boolean
  /** How many labels are shown. */
  labels: number
}

/** Nothing stands out of what is dimmed: what does is painted over it. */
const NOTHING: Found = { nodes: new Set(), edges: new Set() }
/** Of nodes and edges. So few are painted over the backdrop in every frame; more become part of it. */
const FEW = 400

/** Paints one frame: the backdrop, over it what stands out and what moves, and the labels. */
export function paint(ctx: CanvasRenderingContext2D, backdrop: Backdrop, scene: Scene): Painted {
  const { ratio, camera, geometry } = scene
  const focus = focusOf({ ...scene, graph: geometry.graph })
  const few = focus !== undefined && focus.nodes.size + focus.edges.size <= FEW
  const rough = backdrop.draw(ctx, scene, few ? NOTHING : focus)
  toWorldUnits(ctx, camera, ratio)
  paintFocus(ctx, scene, few ? focus : undefined)
  const moving = paintPulses(ctx, scene, focus)
  paintRings(ctx, scene)
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
  return { moving, rough, labels: paintLabels(ctx, scene, focus) }
}

function paintFocus(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): void {
  const { geometry, camera, hovered, selected } = scene
  const marked = [hovered, selected].flatMap((s) => (s?.type === 'edge' ? s.id : []))
  const lines = [...new Set([...(focus?.edges ?? []), ...marked])]
  const arrows = hasArrows(camera)
  paintEdges(
    ctx,
    scene,
    lines.flatMap((id) => geometry.line(id, arrows) ?? []),
    focus,
    marked,
  )
  const nodes = [...(focus?.nodes ?? [])].flatMap((id) => geometry.byId.get(id) ?? [])
  paintNodes(ctx, scene, nodes, focus)
}
