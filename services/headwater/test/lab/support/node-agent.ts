import type { LabNode } from '@headwater/lab'
import { type Running, type RunOptions, start } from '../../support/headwater.js'

/** `headwater agent` for one of the lab's nodes. Whoever starts it stops it. */
export function startNodeAgent(labNode: LabNode, dataDir: string, options: RunOptions = {}): Running {
  const { cluster, node, zone, region, realm, namespaces } = labNode
  // As the demo's agents have it: six on one machine are many for its store.
  const place = { cluster, node, zone, region, realm, 'agent-netns': namespaces.join(','), 'agent-flush': '2s' }
  const flags = { 'data-dir': dataDir, ...place }
  return start(['agent', ...Object.entries(flags).flatMap(([key, value]) => [`--${key}`, value])], options)
}
