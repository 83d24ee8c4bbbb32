import type { EdgeChange } from '@headwater/contracts'
import type { Graph } from './graph.js'
import type { Found } from './search.js'

export type ChangeKind = Exclude<EdgeChange['kind'], 'same'>

/** How many edges came, went and changed; undefined where nothing is compared. */
export function countChanges(graph: Graph): Record<ChangeKind, number> | undefined {
  const counts = { new: 0, gone: 0, changed: 0 }
  let compared = false
  for (const { data } of graph.edges) {
    if (!data.change) continue
    compared = true
    if (data.change.kind !== 'same') counts[data.change.kind]++
  }
  return compared ? counts : undefined
}

/** Of what the search found, the edges of these changes with their ends, and nodes that came or went themselves. */
export function foundChanges(graph: Graph, found: Found | undefined, kinds: readonly ChangeKind[]): Found | undefined {
  if (kinds.length === 0) return found
  const is = (kind: string | undefined): boolean => kinds.some((k) => k === kind)
  const edges = graph.edges.filter((e) => is(e.data.change?.kind) && (!found || found.edges.has(e.id)))
  const nodes = graph.nodes.filter((n) => is(n.data.change?.kind) && (!found || found.nodes.has(n.id)))
  return {
    nodes: new Set([...nodes.map((n) => n.id), ...edges.flatMap((e) => [e.source.id, e.target.id])]),
    edges: new Set(edges.map((e) => e.id)),
  }
}
