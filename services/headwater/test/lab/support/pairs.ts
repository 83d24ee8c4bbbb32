import type { MapAnswer, MapEdge } from '@headwater/contracts'
import type { EndTruth, PairTruth } from '@headwater/lab'

/** Cluster of each of the lab's processes; none of those outside. */
const clusters: Record<string, string> = {
  ...{ frontend: 'shop', cart: 'shop', 'catalogue-1': 'shop', 'catalogue-2': 'shop', cache: 'shop', checkout: 'shop' },
  ...{ payments: 'pay', ledger: 'pay' },
  ...{ database: 'data', search: 'data', replica: 'data' },
}
const services: Record<string, string> = {
  ...{ 'catalogue-1': 'catalogue', 'catalogue-2': 'catalogue', replica: 'database-replica' },
  // Hosts outside have the names that the table of address ranges gives them.
  provider: 'payment-provider',
}
const serviceOf = (instance: string): string => services[instance] ?? instance

/** One edge of a map, in the figures that the services count too. */
export interface Line {
  edge: string
  counted: boolean
  connections: number
  failures: number
  client_to_server_bytes: number
  server_to_client_bytes: number
}

const failuresOf = (end: EndTruth): number => Object.values(end.failures).reduce((a, b) => a + b, 0)

/** Lines by their edge, into which ends are added. */
class Lines {
  readonly #lines = new Map<string, Line>()

  add(client: string, server: string, counted: boolean, end: EndTruth | null): void {
    const edge = `${client} > ${server}`
    if (end === null) throw new Error(`nobody counted ${edge}`)
    const of = this.#lines.get(edge)
    this.#lines.set(edge, {
      ...{ edge, counted },
      connections: (of?.connections ?? 0) + end.connections,
      failures: (of?.failures ?? 0) + failuresOf(end),
      client_to_server_bytes: (of?.client_to_server_bytes ?? 0) + end.client_to_server_bytes,
      server_to_client_bytes: (of?.server_to_client_bytes ?? 0) + end.server_to_client_bytes,
    })
  }

  sorted(): Line[] {
    return sorted([...this.#lines.values()])
  }
}

/**
 * The edges that a map of the services' counts has. A pair is counted as its client counts it, or its server where nobody observes the client. A
 * server behind its clients' gateway has an edge from the gateway beside that, which is not counted: it is what the server counts of all of them.
 * @param truth by process @param unobserved processes on nodes without an agent
 */
export function expectedLines(truth: readonly PairTruth[], unobserved: readonly string[] = []): Line[] {
  const lines = new Lines()
  for (const { client, server, by_client, by_server } of truth) {
    const [of, to] = [clusters[client], clusters[server]]
    const translated = of !== undefined && of !== to
    const seen = (instance: string) => clusters[instance] !== undefined && !unobserved.includes(instance)
    if (seen(client)) lines.add(serviceOf(client), serviceOf(server), true, by_client)
    else if (seen(server) && !translated) lines.add(serviceOf(client), serviceOf(server), true, by_server)
    if (seen(server) && translated) lines.add(`nat-${of}`, serviceOf(server), false, by_server)
  }
  return lines.sorted()
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
