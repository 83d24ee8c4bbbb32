import { labelValue, OTHER } from '@headwater/contracts/metrics'
import type { CostRow, FullestRow, InstanceRow } from '../../sql/nodes.js'
import { fleetFamilies } from './families.js'
import type { Told } from './health-gauges.js'

export interface NodeFacts {
  nodes: readonly InstanceRow[]
  costs: readonly CostRow[]
  fullest: readonly FullestRow[]
}

/**
 * Nodes whose agents were not stopped, and what these take. Beyond `maxSeries` the rest is one, in the state of its worst; what it
 * takes is not told, since a sum over changing nodes would go backwards.
 */
export function nodeGauges({ nodes, costs, fullest }: NodeFacts, maxSeries: number): Told {
  const samples = nodes.map(({ cluster, node, instance, state }) => ({
    labels: { cluster: labelValue(cluster), node: labelValue(node) },
    value: state === 'live' ? 1 : 0,
    instance,
  }))
  // The silent first: they are what is asked for.
  samples.sort((a, b) => a.value - b.value)
  const rest = samples.splice(samples.length <= maxSeries ? samples.length : maxSeries - 1)
  const [worst] = rest
  const other = worst === undefined ? [] : [{ labels: { cluster: OTHER, node: OTHER }, value: worst.value }]
  const byInstance = new Map(costs.map((cost) => [cost.instance, cost]))
  const taken = (of: (cost: CostRow) => number) =>
    samples.flatMap(({ labels, instance }) => {
      const cost = byInstance.get(instance)
      return cost === undefined ? [] : [{ labels, value: of(cost) }]
    })
  const limits = Map.groupBy(fullest, (f) => f.instance)
  const limitSamples = samples.flatMap(({ labels, instance }) =>
    (limits.get(instance) ?? []).map(({ kind, ratio }) => ({
      labels: { ...labels, kind: labelValue(kind) },
      value: ratio,
    })),
  )
  const families = [
    { ...fleetFamilies.nodeUp, samples: [...samples.map(({ labels, value }) => ({ labels, value })), ...other] },
    { ...fleetFamilies.nodeCpu, samples: taken((c) => c.cpu_us / 1e6) },
    { ...fleetFamilies.nodeMemory, samples: taken((c) => c.rss_bytes) },
    { ...fleetFamilies.nodeLimit, samples: limitSamples },
  ]
  return { families, folded: { node_up: rest.length } }
}
