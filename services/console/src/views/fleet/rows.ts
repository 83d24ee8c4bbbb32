import { LIMIT_NEAR, type NodeAnswer } from '@headwater/contracts'
import { printable } from '../../format/text.js'

export interface FleetRow {
  id: string
  data: NodeAnswer
  dropped: number
  /** Of the rows that it produced, those that are stored; null where it produced none. */
  delivered: number | null
  /** The same of rows of questions to name servers. */
  dnsDelivered: number | null
  /** Of its programs and privileges, those that do not work. */
  missing: number
  /** Listeners that refused somebody for a full backlog. */
  overflowing: number
  /** Limits of its kernel that are near. */
  near: number
}

/** Silent ones first, then the living; what was stopped in order stands last. */
export const nodeStates = ['silent', 'live', 'stopped'] as const

const shareOf = (stored: number, produced: number): number | null =>
  produced > 0 ? Math.min(1, stored / produced) : null

export const fleetRows = (nodes: readonly NodeAnswer[]): FleetRow[] =>
  nodes.map((data) => ({
    id: data.instance,
    data,
    dropped: Object.values(data.rows_dropped).reduce((sum, n) => sum + n, 0),
    delivered: shareOf(data.rows_stored, data.rows_produced),
    dnsDelivered: shareOf(data.dns_rows_stored, data.dns_rows_produced),
    missing: data.capabilities.filter((c) => !c.ok).length,
    near: data.limits.filter((l) => l.used >= l.max * LIMIT_NEAR).length,
    overflowing: data.listeners.filter((l) => l.drops > 0).length,
  }))

/** What a search of plain text lists. */
export function searchNodes(nodes: readonly NodeAnswer[], text: string): NodeAnswer[] | undefined {
  const needle = text.trim().toLowerCase()
  if (needle === '') return undefined
  return nodes.filter((n) =>
    [n.node, n.cluster, n.zone, n.region, n.version, n.kernel, n.arch, n.state, n.instance].some((t) =>
      printable(t).toLowerCase().includes(needle),
    ),
  )
}

/** Versions in use by what still runs, the commonest first. */
export function versionsOf(nodes: readonly NodeAnswer[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const n of nodes) if (n.state !== 'stopped') counts.set(n.version, (counts.get(n.version) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}
