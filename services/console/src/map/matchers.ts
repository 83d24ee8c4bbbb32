import type { Graph, GraphEdge, GraphNode } from './graph.js'
import type { Selection } from './hit.js'

/** A Prometheus string in double quotes. */
const quoted = (text: string): string =>
  `"${text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`

type Labels = Record<string, string>

export const matchers = (labels: Labels, prefix = ''): string[] =>
  Object.entries(labels).map(([name, value]) => `${prefix}${name}=${quoted(value)}`)

/** `matchers` added to a filter of the user's: `{}`-less text or a whole `{...}`. */
export function joined(filter: string, added: string[]): string {
  const inner = filter.trim().replace(/^\{/, '').replace(/\}$/, '').replace(/,\s*$/, '').trim()
  const all = inner === '' ? added : [inner, ...added]
  return all.length === 0 ? '' : `{${all.join(',')}}`
}

/** Whether the API can select the node: it cannot where the node stands for many (`labels` empty). */
export const selectable = (node: GraphNode): boolean => Object.keys(node.data.labels).length > 0

/** Filters that select a node's traffic: at either end, as client, as server. undefined: the node stands for many. */
export function nodeMatchers(
  node: GraphNode,
  filter = '',
): { either: string; client: string; server: string } | undefined {
  if (!selectable(node)) return undefined
  const { labels } = node.data
  return {
    either: joined(filter, matchers(labels)),
    client: joined(filter, matchers(labels, 'client_')),
    server: joined(filter, matchers(labels, 'server_')),
  }
}

/** The filter that selects an edge. undefined: one of its ends stands for many. */
export function edgeMatchers(edge: GraphEdge, filter = ''): string | undefined {
  if (!selectable(edge.source) || !selectable(edge.target)) return undefined
  return joined(filter, [
    ...matchers(edge.source.data.labels, 'client_'),
    ...matchers(edge.target.data.labels, 'server_'),
    ...(edge.data.transport === '' ? [] : matchers({ transport: edge.data.transport })),
  ])
}

/** What is asked about a selection. */
export interface SelectionMatchers {
  /** One for an edge; as client and as server for a node. */
  series: string[]
  flows: string
}

/** Filters of what is selected. undefined: it is gone, or stands for many. */
export function selectionMatchers(
  selection: Selection | undefined,
  graph: Graph,
  filter: string,
): SelectionMatchers | undefined {
  if (selection?.type === 'node') {
    const node = graph.byId.get(selection.id)
    const m = node && nodeMatchers(node, filter)
    return m && { series: [m.client, m.server], flows: m.either }
  }
  const edge = selection && graph.edgeById.get(selection.id)
  const m = edge && edgeMatchers(edge, filter)
  return m === undefined ? undefined : { series: [m], flows: m }
}

/** The filter for what has an address that begins with `text` at either end. */
export const addressMatcher = (text: string, filter = ''): string =>
  joined(filter, [`address=~${quoted(`${text.toLowerCase().replace(/[.\\+*?()|[\]{}^$]/g, '\\$&')}.*`)}`])
