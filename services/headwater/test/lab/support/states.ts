import type { MapAnswer } from '@headwater/contracts'

/** Why a node or an edge is not healthy. */
export interface Trouble {
  state: string
  cause: string | null
  at_fault: string | null
  reason: string
}

/** What is in trouble: nodes by their labels, edges as `client > server`. */
export function troubles({ nodes, edges }: MapAnswer): Map<string, Trouble> {
  const label = (id: string) => nodes.find((node) => node.id === id)?.label ?? id
  const all = [
    ...nodes.map((node) => [node.label, node.health] as const),
    ...edges.map((edge) => [`${label(edge.source)} > ${label(edge.target)}`, edge.health] as const),
  ]
  return new Map(
    all.flatMap(([name, { state, cause, at_fault, reason }]) =>
      state === 'degraded' || state === 'unhealthy' ? [[name, { state, cause, at_fault, reason }]] : [],
    ),
  )
}

/** What a fault brings about, and nothing else. */
export interface Expected {
  cause: string
  at_fault: string
  /** Edges that must show it. */
  edges: string[]
  /** The same trouble seen from behind a gateway, where nobody can be said to be at fault: may show it. */
  views?: string[]
  /** Nodes that must show it, and those that may: they depend on them. */
  nodes: string[]
  dependents?: string[]
}

/** What is not as it should be in one answer: a name for each that has another cause, or should be calm. */
export function wrong(found: ReadonlyMap<string, Trouble>, expected: Expected): string[] {
  const { cause, at_fault, edges, views = [], nodes, dependents = [] } = expected
  return [...found].flatMap(([name, trouble]) => {
    const told = `${name}: ${trouble.cause}, ${trouble.at_fault}: ${trouble.reason}`
    if (trouble.cause !== cause) return [told]
    if (views.includes(name)) return trouble.at_fault === at_fault || trouble.at_fault === null ? [] : [told]
    if (edges.includes(name) && trouble.at_fault !== at_fault) return [told]
    return [...edges, ...nodes, ...dependents].includes(name) ? [] : [told]
  })
}

export const shows = (found: ReadonlyMap<string, Trouble>, { edges, nodes }: Expected): boolean =>
  [...edges, ...nodes].every((name) => found.has(name))
