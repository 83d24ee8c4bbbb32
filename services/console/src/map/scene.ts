import type { Box, Camera, Size } from './camera.js'
import type { Geometry } from './geometry.js'
import type { Graph } from './graph.js'
import type { Selection } from './hit.js'
import type { Found } from './search.js'
import type { MapTheme } from './theme.js'

/** A drop on its way along an edge: something was sent since the last answer. */
export interface Pulse {
  edge: string
  /** Of `performance.now()`. */
  start: number
}

/** What a part of the map is painted from. */
export interface View {
  geometry: Geometry
  camera: Camera
  theme: MapTheme
}

/** All that one frame is painted from. */
export interface Scene extends View {
  size: Size
  /** Device pixels per CSS pixel. */
  ratio: number
  hovered: Selection | undefined
  selected: Selection | undefined
  found: Found | undefined
  pulses: Pulse[]
  now: number
  /** Nodes go without their names, but for what is hovered or selected; marks of what is unwell stay. */
  nameless?: boolean
  /** The zoom is under way: a rough picture now is better than a fine one late. */
  zooming?: boolean
}

const ARROWS_FROM_ZOOM = 0.3
export const hasArrows = ({ k }: Camera): boolean => k >= ARROWS_FROM_ZOOM

/** The part of the world that a box on the screen (CSS pixels) shows. */
export const worldBox = ({ x, y, k }: Camera, b: Box): Box => ({
  left: (b.left - x) / k,
  right: (b.right - x) / k,
  top: (b.top - y) / k,
  bottom: (b.bottom - y) / k,
})

/** What stands out: the hovered or selected thing with its neighbours, else what the search found. */
export function focusOf({
  graph,
  hovered,
  selected,
  found,
}: Pick<Scene, 'hovered' | 'selected' | 'found'> & { graph: Graph }): Found | undefined {
  const target = hovered ?? selected
  if (target?.type === 'edge') {
    const e = graph.edgeById.get(target.id)
    if (e) return { nodes: new Set([e.source.id, e.target.id]), edges: new Set([e.id]) }
  }
  if (target?.type === 'node' && graph.byId.has(target.id)) {
    const edges = graph.edges.filter((e) => e.source.id === target.id || e.target.id === target.id)
    return {
      nodes: new Set([target.id, ...(graph.neighbours.get(target.id) ?? [])]),
      edges: new Set(edges.map((e) => e.id)),
    }
  }
  return found
}
