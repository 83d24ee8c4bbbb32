import type { HealthState, MapAnswer, MapEdge, MapNode } from '@headwater/contracts'

/** What a node is drawn as. `process` stands for everything an agent observed, whatever it is grouped by. */
export type Shape = 'process' | 'address' | 'internet'

export interface GraphNode {
  id: string
  label: string
  shape: Shape
  data: MapNode
  health: HealthState
  /** World units. */
  radius: number
}

export interface GraphEdge {
  id: string
  source: GraphNode
  target: GraphNode
  data: MapEdge
  /** World units. */
  width: number
  health: HealthState
  /** There is an edge the other way: both are bent apart. */
  paired: boolean
}

/** The map's model: what one answer of the API says, with sizes worked out. */
export interface Graph {
  nodes: GraphNode[]
  edges: GraphEdge[]
  byId: Map<string, GraphNode>
  edgeById: Map<string, GraphEdge>
  neighbours: Map<string, Set<string>>
}

/** Grouped by something else than the address, a node that is only an address is one whose process nobody could tell. */
const isNameless = (n: MapNode): boolean => n.kind === 'address' && !('address' in n.labels)

export function shapeOf(n: MapNode): Shape {
  if (n.observed && !isNameless(n)) return 'process'
  return n.class === 'internet' ? 'internet' : 'address'
}

/** Edges that are in no sum, since their connections are counted on another edge, are left out. */
export const countedEdges = (edges: readonly GraphEdge[]): GraphEdge[] => edges.filter((e) => e.data.counted)

export const bytesOf = (e: MapEdge): number => e.client_to_server_bytes + e.server_to_client_bytes

/** 9 to 24 world units: each factor of ten in bytes adds about 1.7. */
export const radiusOf = (n: MapNode): number =>
  Math.min(24, 9 + 1.7 * Math.max(0, Math.log10(1 + n.tx_bytes + n.rx_bytes) - 2))

/** 1 to 6 world units by the logarithm of the bytes both ways. */
export const widthOf = (e: MapEdge): number => Math.min(6, 1 + 0.62 * Math.max(0, Math.log10(1 + bytesOf(e)) - 2.5))

export function graphOf(answer: Pick<MapAnswer, 'nodes' | 'edges'>): Graph {
  const byId = new Map<string, GraphNode>()
  for (const data of answer.nodes)
    byId.set(data.id, {
      id: data.id,
      label: data.label,
      shape: shapeOf(data),
      data,
      health: data.health.state,
      radius: radiusOf(data),
    })
  const pairs = new Set(answer.edges.map((e) => JSON.stringify([e.source, e.target])))
  const neighbours = new Map<string, Set<string>>([...byId.keys()].map((id) => [id, new Set()]))
  const edgeById = new Map<string, GraphEdge>()
  for (const data of answer.edges) {
    const source = byId.get(data.source)
    const target = byId.get(data.target)
    if (!source || !target) continue
    neighbours.get(source.id)?.add(target.id)
    neighbours.get(target.id)?.add(source.id)
    const paired = source !== target && pairs.has(JSON.stringify([target.id, source.id]))
    edgeById.set(data.id, {
      id: data.id,
      source,
      target,
      data,
      width: widthOf(data),
      health: data.health.state,
      paired,
    })
  }
  return { nodes: [...byId.values()], edges: [...edgeById.values()], byId, edgeById, neighbours }
}

export const emptyGraph = (): Graph => graphOf({ nodes: [], edges: [] })
