import type { MapEdge, MapNode } from '@headwater/contracts'
import { addCompared, compared, difference } from './judge.js'

const nothing = compared({ client_to_server_bytes: 0, server_to_client_bytes: 0, connects: 0, failures: 0 })

/** What became of two edges that are shown as one. @param sum with the figures of both */
export function mergeEdgeChange(a: MapEdge, b: MapEdge, sum: MapEdge): MapEdge['change'] {
  if (a.change === null || b.change === null) return a.change ?? b.change
  const before = a.change.before ?? b.change.before
  const both = before && addCompared(a.change.before ?? nothing, b.change.before ?? nothing)
  if (a.change.kind === b.change.kind && (a.change.kind === 'new' || a.change.kind === 'gone'))
    return { ...a.change, before: both }
  const reason = difference(both ?? nothing, compared(sum))
  return { kind: reason === '' ? 'same' : 'changed', reason, before: both }
}

/** And of two nodes. */
export const mergeNodeChange = (a: MapNode, b: MapNode): MapNode['change'] =>
  a.change !== null && a.change.kind === b.change?.kind ? a.change : a.change && { kind: 'same' }
