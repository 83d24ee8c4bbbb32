import type { MapAnswer, MapEdge, MapNode } from '@headwater/contracts/api'

/** The node of a map with this name. */
export function nodeOf({ nodes }: MapAnswer, label: string): MapNode {
  const found = nodes.find((n) => n.label === label)
  if (!found) throw new Error(`no ${label} on the map; there are ${nodes.map((n) => n.label).join(', ')}`)
  return found
}

/** The edge of a map between two names. */
export function edgeOf(map: MapAnswer, client: string, server: string): MapEdge {
  const [source, target] = [nodeOf(map, client).id, nodeOf(map, server).id]
  const found = map.edges.find((e) => e.source === source && e.target === target)
  if (!found) throw new Error(`no edge ${client} > ${server}`)
  return found
}

const scales: Record<string, number> = { '': 1, k: 1e3, M: 1e6, G: 1e9 }

/** A number of bytes as Grafana writes it ("1.23 MB"), read back. */
export function bytesIn(text: string): number {
  const [, number = '', scale = ''] = /^([\d.]+) ?([kMG]?)B/.exec(text) ?? []
  return Number(number) * (scales[scale] ?? Number.NaN)
}

export const sum = (values: readonly unknown[]): number => values.reduce((total: number, v) => total + Number(v), 0)
