import type { EndLabel, Grouping } from '@headwater/contracts'

/** What makes two ends the same node of the map. */
export interface GroupingRule {
  /** The node's key, in this order; the last but one of them is what it is called. */
  labels: readonly EndLabel[]
  /** The label that names the node. */
  name: EndLabel
  /**
   * Where the name is empty, since nothing at that end tells it: `service` shows the end by its service or address;
   * `class` puts all such ends of one class (internet, private, ...) together.
   */
  fallback: 'service' | 'class' | 'none'
}

export const groupingRules: Record<Grouping, GroupingRule> = {
  service: { labels: ['cluster', 'namespace', 'service'], name: 'service', fallback: 'none' },
  process: { labels: ['cluster', 'node', 'process'], name: 'process', fallback: 'service' },
  node: { labels: ['cluster', 'node'], name: 'node', fallback: 'service' },
  namespace: { labels: ['cluster', 'namespace'], name: 'namespace', fallback: 'class' },
  cluster: { labels: ['cluster'], name: 'cluster', fallback: 'class' },
  zone: { labels: ['region', 'zone'], name: 'zone', fallback: 'class' },
  region: { labels: ['region'], name: 'region', fallback: 'class' },
  address: { labels: ['cluster', 'address'], name: 'address', fallback: 'none' },
}
