import type { Graph } from './graph.js'
import { bytesOf } from './graph.js'

export interface GraphDiff {
  added: string[]
  removed: string[]
  /** Nodes or links between them came or went: the layout has something to do. */
  structural: boolean
  /** Edges that carried something since the graph before: more bytes, connections or failures. */
  active: string[]
}

const linkKeys = (g: Graph): Set<string> => new Set(g.edges.map((e) => JSON.stringify([e.source.id, e.target.id])))

/** What changed from one answer to the next. */
export function diff(before: Graph, after: Graph): GraphDiff {
  const added = after.nodes.filter((n) => !before.byId.has(n.id)).map((n) => n.id)
  const removed = before.nodes.filter((n) => !after.byId.has(n.id)).map((n) => n.id)
  const [was, is] = [linkKeys(before), linkKeys(after)]
  const structural = added.length > 0 || removed.length > 0 || was.size !== is.size || [...is].some((k) => !was.has(k))
  const active = after.edges.filter((e) => {
    const old = before.edgeById.get(e.id)?.data
    if (!old) return before.nodes.length > 0
    return bytesOf(e.data) > bytesOf(old) || e.data.connects > old.connects || e.data.failures > old.failures
  })
  return { added, removed, structural, active: active.map((e) => e.id) }
}
