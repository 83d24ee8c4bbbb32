import { type Health, unknownHealth } from '@headwater/contracts'
import { byDirectness, type EdgeHealth, healthy } from './edge-health.js'

interface Candidate {
  level: 1 | 2
  /** How near the node is to the fault: 0 it is its own. */
  distance: number
  reason: string
  edge: EdgeHealth
}

/** What a bad edge means for the node at its server's end. */
function forServer(edge: EdgeHealth): Candidate[] {
  const { finding, health } = edge
  if (edge.level === 0 || finding === undefined || finding.atFault === 'client') return []
  if (finding.atFault === 'path') return [{ level: 1, distance: 1, reason: health.reason, edge }]
  return [{ level: edge.level, distance: 0, reason: health.reason, edge }]
}

/** And for the one at its client's end: a dependency that fails it degrades it. */
function forClient(edge: EdgeHealth): Candidate[] {
  const { finding, health, level } = edge
  if (level === 0 || finding === undefined) return []
  if (finding.atFault === 'client') return [{ level, distance: 0, reason: health.reason, edge }]
  if (finding.atFault === 'path') return [{ level: 1, distance: 1, reason: health.reason, edge }]
  if (level < 2) return []
  return [{ level: 1, distance: 2, reason: `its calls to ${edge.names.server} are unhealthy: ${health.reason}`, edge }]
}

const worse = (a: Candidate, b: Candidate): number =>
  b.level - a.level || a.distance - b.distance || byDirectness(a.edge, b.edge)

/**
 * Health of the nodes at the ends of edges. A node takes the worst of the edges towards it whose fault is its own or not known to
 * lie elsewhere; a fault of the path degrades both ends; an unhealthy dependency degrades its client. Others stay as they are.
 */
export function nodesHealth(edges: readonly EdgeHealth[]): Map<string, Health> {
  const candidates = new Map<string, Candidate[]>()
  const samples = new Map<string, { count: number; known: boolean }>()
  const see = (node: string, edge: EdgeHealth, found: Candidate[]) => {
    candidates.set(node, [...(candidates.get(node) ?? []), ...found])
    const { count, known } = samples.get(node) ?? { count: 0, known: false }
    samples.set(node, { count: count + edge.health.samples, known: known || edge.health.state !== 'unknown' })
  }
  for (const edge of edges) {
    see(edge.target, edge, forServer(edge))
    if (edge.combined !== true) see(edge.source, edge, forClient(edge))
  }
  const nodes = new Map<string, Health>()
  for (const [node, found] of candidates) {
    const { count, known } = samples.get(node) ?? { count: 0, known: false }
    const [worst] = found.sort(worse)
    if (worst === undefined) nodes.set(node, { ...(known ? healthy(count) : unknownHealth), samples: count })
    else {
      const { cause, at_fault, since } = worst.edge.health
      const state = worst.level === 2 ? 'unhealthy' : 'degraded'
      nodes.set(node, { state, cause, at_fault, reason: worst.reason, edge: worst.edge.id, since, samples: count })
    }
  }
  return nodes
}
