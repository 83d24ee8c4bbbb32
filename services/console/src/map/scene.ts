import type { Camera, Size } from './camera.js'
import type { Graph } from './graph.js'
import type { Selection } from './hit.js'
import type { Positions } from './positions.js'
import type { Found } from './search.js'
import type { MapTheme } from './theme.js'

/** A drop on its way along an edge: something was sent since the last answer. */
export interface Pulse {
  edge: string
  /** Of `performance.now()`. */
  start: number
}

/** All that one frame is painted from. */
export interface Scene {
  graph: Graph
  positions: Positions
  camera: Camera
  size: Size
  /** Device pixels per CSS pixel. */
  ratio: number
  theme: MapTheme
  hovered: Selection | undefined
  selected: Selection | undefined
  found: Found | undefined
  pulses: Pulse[]
  now: number
  /** Nodes go without their names, but for what is hovered or selected; marks of what is unwell stay. */
  nameless?: boolean
}

/** What stands out: the hovered or selected thing with its neighbours, else what the search found. */
export function focusOf(scene: Pick<Scene, 'graph' | 'hovered' | 'selected' | 'found'>): Found | undefined {
  const { graph } = scene
  const target = scene.hovered ?? scene.selected
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
  return scene.found
}
