import type { Grouping } from '@headwater/contracts'
import { endIdentity } from '../graph/end.js'
import { edgeId } from '../graph/graph.js'
import type { EdgeHealth } from './edge-health.js'

/** Where an edge of SQL stands on the map of a grouping: its ids, and the names of its ends. */
export function edgePlace(
  row: Record<string, unknown>,
  grouping: Grouping,
): Pick<EdgeHealth, 'id' | 'source' | 'target' | 'names'> {
  const client = endIdentity(row, 'client', grouping)
  const server = endIdentity(row, 'server', grouping)
  return {
    id: edgeId(client.id, server.id, String(row.transport)),
    source: client.id,
    target: server.id,
    names: { client: client.label, server: server.label },
  }
}
