import type { MapAnswer, MapEdge } from '@headwater/contracts'
import type { EndTruth, PairTruth } from '@headwater/lab'

/** Cluster of each of the lab's services; none of those outside. */
const clusters: Record<string, string> = {
  ...{ frontend: 'shop', cart: 'shop', catalogue: 'shop', cache: 'shop', checkout: 'shop' },
  ...{ payments: 'pay', ledger: 'pay' },
  ...{ database: 'data', search: 'data', 'database-replica': 'data' },
}
/** Hosts outside have the names that the table of address ranges gives them. */
const shownAs = (service: string): string => (service === 'provider' ? 'payment-provider' : service)

/** One edge of a map, in the figures that the services count too. */
export interface Line {
  edge: string
  counted: boolean
  connections: number
  failures: number
  client_to_server_bytes: number
  server_to_client_bytes: number
}

const line = (client: string, server: string, counted: boolean, ends: readonly EndTruth[]): Line => {
  const sum = (of: (end: EndTruth) => number) => ends.reduce((total, end) => total + of(end), 0)
  return {
    edge: `${client} > ${server}`,
    counted,
    connections: sum((end) => end.connections),
    failures: sum((end) => Object.values(end.failures).reduce((a, b) => a + b, 0)),
    client_to_server_bytes: sum((end) => end.client_to_server_bytes),
    server_to_client_bytes: sum((end) => end.server_to_client_bytes),
  }
}

/**
 * The edges that a map of the services' counts has: one for each pair, as its client counts it, or its server where nobody observes the client. A
 * server behind its clients' gateway has an edge from the gateway beside them, which is not counted: what it counts of all of them.
 */
export function expectedLines(truth: readonly PairTruth[]): Line[] {
  const lines: Line[] = []
  const behind = new Map<string, EndTruth[]>()
  for (const { client, server, by_client, by_server } of truth) {
    const [of, to] = [clusters[client], clusters[server]]
    const end = of === undefined ? by_server : by_client
    if (end === null) throw new Error(`nobody counted ${client} > ${server}`)
    lines.push(line(shownAs(client), shownAs(server), true, [end]))
    if (of === undefined || to === undefined || of === to || by_server === null) continue
    const key = `nat-${of} > ${server}`
    behind.set(key, [...(behind.get(key) ?? []), by_server])
  }
  for (const [key, ends] of behind) {
    const [gateway = '', server = ''] = key.split(' > ')
    lines.push(line(gateway, server, false, ends))
  }
  return sorted(lines)
}

const sorted = (lines: Line[]): Line[] => lines.sort((a, b) => (a.edge < b.edge ? -1 : 1))

/** The established connections of a counted edge are those that began in the range, or live on from before it. */
export function shownLines({ nodes, edges }: MapAnswer): Line[] {
  const label = (id: string) => nodes.find((node) => node.id === id)?.label ?? id
  const of = (edge: MapEdge): Line => ({
    edge: `${label(edge.source)} > ${label(edge.target)}`,
    counted: edge.counted,
    connections: edge.connects,
    failures: edge.failures,
    client_to_server_bytes: edge.client_to_server_bytes,
    server_to_client_bytes: edge.server_to_client_bytes,
  })
  return sorted(edges.map(of))
}

/** For a reader of the test's output. */
export function printTable(title: string, rows: readonly object[]): void {
  const [first] = rows
  if (first === undefined) return
  const names = Object.keys(first)
  const cells = [names, ...rows.map((row) => Object.values(row).map(String))]
  const widths = names.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)))
  const text = cells.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  process.stdout.write(`\n${title}\n${text.join('\n')}\n`)
}
