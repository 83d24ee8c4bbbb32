import { printable } from '../format/text.js'
import type { Graph, GraphEdge, GraphNode } from './graph.js'

export interface Found {
  nodes: Set<string>
  edges: Set<string>
}

/** A matcher such as `{server_port="80"}` goes to the API; anything else is looked for in what is shown. */
export const isMatcher = (text: string): boolean => text.trimStart().startsWith('{')

/** Part of an IPv4 or IPv6 address: worth asking the API for what has such an address behind its name. */
export const looksLikeAddress = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){1,3}\.?$/.test(text) || (/^[0-9a-f:]{3,}$/i.test(text) && text.includes(':'))

const holds = (text: string, needle: string): boolean => printable(text).toLowerCase().includes(needle)

const nodeMatches = (n: GraphNode, needle: string): boolean =>
  holds(n.label, needle) || holds(n.data.namespace, needle) || holds(n.data.cluster, needle) || n.data.class === needle

const portOf = (needle: string): number | undefined => {
  const digits = /^:?(\d{1,5})$/.exec(needle)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/**
 * What matches a search of plain text: nodes by name, address, namespace, cluster or class, edges by server port
 * (`443` or `:443`) or transport. An edge also matches by its ends, and ends are found with their edge.
 * `also` holds ids found in another way (addresses, by the API).
 * @returns undefined for an empty search: nothing is dimmed
 */
export function search(graph: Graph, text: string, also?: Found): Found | undefined {
  const needle = text.trim().toLowerCase()
  if (needle === '' || isMatcher(needle)) return undefined
  const port = portOf(needle)
  const named = new Set(graph.nodes.filter((n) => also?.nodes.has(n.id) || nodeMatches(n, needle)).map((n) => n.id))
  const direct = (e: GraphEdge): boolean =>
    (port !== undefined && e.data.server_ports.includes(port)) || e.data.transport === needle || !!also?.edges.has(e.id)
  const nodes = new Set(named)
  const edges = new Set<string>()
  for (const e of graph.edges) {
    const own = direct(e)
    if (!own && !named.has(e.source.id) && !named.has(e.target.id)) continue
    edges.add(e.id)
    if (own) nodes.add(e.source.id).add(e.target.id)
  }
  return { nodes, edges }
}
