import { type Health, type HealthState, healthStates, type MapEdge, type MapNode } from '@headwater/contracts'
import { type Family, labelValue, OTHER } from '@headwater/contracts/metrics'
import type { Graph } from '../../graph/graph.js'
import { edgeEnds, fleetFamilies } from './families.js'

type Labels = Record<string, string>

export interface Told {
  families: Family[]
  /** Series that are told as others, by family. */
  folded: Record<string, number>
}

const severity = (state: HealthState): number => healthStates.indexOf(state)

/** Labels, each set once, with the worst health of what has it; the worst first. */
function worstFirst(all: readonly { labels: Labels; health: Health }[]): { labels: Labels; health: Health }[] {
  const known = new Map<string, { labels: Labels; health: Health }>()
  for (const one of all) {
    const labels = Object.fromEntries(Object.entries(one.labels).map(([name, text]) => [name, labelValue(text)]))
    const key = JSON.stringify(labels)
    const before = known.get(key)
    if (before === undefined || severity(one.health.state) > severity(before.health.state))
      known.set(key, { labels, health: one.health })
  }
  return [...known.values()].sort((a, b) => severity(b.health.state) - severity(a.health.state))
}

/** What there is room for; the rest as one that is as bad as the worst of them, so that no trouble is hidden. */
function fold(all: { labels: Labels; health: Health }[], room: number) {
  if (all.length <= room) return { shown: all, folded: 0 }
  const shown = all.slice(0, Math.max(0, room - 1))
  const rest = all.slice(shown.length)
  const [worst] = rest
  if (worst === undefined) return { shown, folded: 0 }
  const labels = Object.fromEntries(Object.keys(worst.labels).map((name) => [name, OTHER]))
  return { shown: [...shown, { labels, health: worst.health }], folded: rest.length }
}

const placeOf = ({ cluster, namespace, label }: MapNode): Labels => ({ cluster, namespace, service: label })

function edgeLabels({ source, target, transport, counted }: MapEdge, nodes: ReadonlyMap<string, MapNode>): Labels {
  const labels: Labels = {}
  for (const label of edgeEnds) {
    const node = nodes.get(label.startsWith('client') ? source : target)
    if (node !== undefined) labels[label] = placeOf(node)[label.slice('client_'.length)] ?? ''
  }
  return { ...labels, transport, counted: String(counted) }
}

/** Health of services, a series for each state, and of edges, the one that they are in. @param maxSeries at most in all */
export function healthGauges({ nodes, edges }: Graph, maxSeries: number): Told {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const half = Math.floor(maxSeries / 2)
  const services = fold(
    worstFirst(nodes.map((node) => ({ labels: placeOf(node), health: node.health }))),
    Math.floor(half / healthStates.length),
  )
  const paths = fold(worstFirst(edges.map((edge) => ({ labels: edgeLabels(edge, byId), health: edge.health }))), half)
  return {
    families: [
      {
        ...fleetFamilies.serviceHealth,
        samples: services.shown.flatMap(({ labels, health }) =>
          healthStates.map((state) => ({ labels: { ...labels, state }, value: health.state === state ? 1 : 0 })),
        ),
      },
      {
        ...fleetFamilies.edgeHealth,
        samples: paths.shown.map(({ labels, health: { state, cause, at_fault } }) => ({
          labels: { ...labels, state, cause: cause ?? '', at_fault: at_fault ?? '' },
          value: 1,
        })),
      },
    ],
    folded: { service_health: services.folded * healthStates.length, edge_health: paths.folded },
  }
}
