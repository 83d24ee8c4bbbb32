import { isIP } from 'node:net'
import type { Grouping, MapNode } from '@headwater/contracts'
import { type End, endColumn, ends } from '../sql/labels.js'
import { groupingRules } from './grouping.js'

/** Who stands at one end of an edge: the identity of a map's node, without its sums. */
export type EndIdentity = Pick<MapNode, 'id' | 'label' | 'kind' | 'cluster' | 'namespace' | 'labels'>

type Row = Record<string, unknown>

const text = (row: Row, column: string): string => String(row[column] ?? '')

/** A service column holds the address where no service is known. */
const serviceKind = (name: string): MapNode['kind'] => (isIP(name) === 0 ? 'service' : 'address')

/**
 * The node at one end. Ids are JSON arrays of the kind and the key labels, so that they are the same at every request
 * of one grouping and no name can collide with another.
 */
export function endIdentity(row: Row, end: End, grouping: Grouping): EndIdentity {
  const rule = groupingRules[grouping]
  const labels = Object.fromEntries(rule.labels.map((l) => [l, text(row, endColumn(end, l))]))
  const name = labels[rule.name] ?? ''
  const place = { cluster: labels.cluster ?? '', namespace: labels.namespace ?? '' }
  const key = Object.values(labels)
  if (name !== '' || rule.fallback === 'none') {
    const kind = grouping === 'service' ? serviceKind(name) : grouping
    return { id: JSON.stringify([kind, ...key]), label: name === '' ? 'unknown' : name, kind, ...place, labels }
  }
  const standIn = text(row, `${end}_fallback`)
  const label = standIn === '' ? 'unknown' : standIn
  if (rule.fallback === 'class')
    return { id: JSON.stringify(['class', ...key, standIn]), label, kind: grouping, ...place, labels: {} }
  const kind = serviceKind(standIn)
  return { id: JSON.stringify([kind, ...key, standIn]), label, kind, ...place, labels: { ...labels, service: standIn } }
}

/** Labels of an edge: both ends' key labels, the service where an end's own label is unknown, the transport. */
export function endLabelValues(row: Row, grouping: Grouping): Record<string, string> {
  const rule = groupingRules[grouping]
  const labels: Record<string, string> = {}
  for (const end of ends) {
    for (const label of rule.labels) labels[endColumn(end, label)] = text(row, endColumn(end, label))
    const standIn = text(row, `${end}_fallback`)
    if (standIn !== '' && rule.fallback === 'service') labels[endColumn(end, 'service')] = standIn
  }
  labels.transport = text(row, 'transport')
  return labels
}
