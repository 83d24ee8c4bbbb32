export interface LayoutNode {
  id: string
  radius: number
  /** Where it is; absent for a node that has no place yet. */
  x?: number
  y?: number
}

export interface LayoutLink {
  source: string
  target: string
}

/** To the worker: the graph to lay out. `relax` lets what has a place move too. */
export interface LayoutRequest {
  revision: number
  nodes: LayoutNode[]
  links: LayoutLink[]
  /** Width over height of the view: the layout is stretched to it. */
  aspect: number
  relax: boolean
}

/** From the worker: x and y of each node, in the order of the request. `done` on the last one. */
export interface LayoutResult {
  revision: number
  positions: Float64Array
  done: boolean
}
