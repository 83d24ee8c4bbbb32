import type { Connection, Party } from './fleet.js'

/** Numbers below n, the same at every run. */
export function random(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

export const curl: Party = {
  cluster: 'east',
  node: 'n1',
  address: '10.0.0.1',
  service: 'curl',
  process: 'curl',
  zone: 'a',
}
export const cart: Party = {
  cluster: 'east',
  node: 'n2',
  address: '10.0.0.2',
  service: 'cart',
  process: 'cartd',
  zone: 'b',
}
export const web: Party = {
  cluster: 'east',
  node: 'n3',
  address: 'fd00::3',
  service: 'web',
  process: 'nginx',
  zone: 'a',
}
export const database: Party = {
  cluster: 'west',
  node: 'w1',
  address: '10.9.0.1',
  service: 'db',
  process: 'postgres',
  zone: 'c',
}
/** Seen by its clients only. */
export const outside: Party = {
  cluster: '',
  node: '',
  address: '93.184.216.34',
  service: '93.184.216.34',
  process: '',
  observed: false,
  class: 'internet',
}
/** Seen by its servers only: their rows count. */
export const visitor: Party = { ...outside, address: '198.51.100.7', service: '198.51.100.7' }
export const headwater: Party = { ...curl, service: 'headwater', process: 'headwater' }

const pairs: [Party, Party, number][] = [
  [curl, web, 443],
  [web, cart, 8080],
  [cart, database, 5432],
  [curl, outside, 80],
  [visitor, web, 443],
  [visitor, web, 80],
]

/** Connections of all kinds within the range, some of them open at its end. */
export function scenario(from: number, to: number, count: number, seed = 7): Connection[] {
  const below = random(seed)
  const connections: Connection[] = []
  for (let i = 0; i < count; i++) {
    const [client, server, port] = pairs[below(pairs.length)] as [Party, Party, number]
    const start = from + below(to - from - 2_000)
    const kind = below(10)
    const common = {
      client,
      server,
      port,
      start,
      sent: below(100_000),
      received: below(1_000_000),
      retransmits: { client: below(3), server: below(4) },
      connectUs: 100 + below(1000),
      srttUs: 200 + below(5000),
    }
    if (kind === 0 && client.observed !== false)
      connections.push({ client, server, port, start, failure: (['refused', 'timeout'] as const)[below(2)] as string })
    else if (kind === 1) connections.push({ ...common, walks: [Math.max(start, to - 60_000 + below(59_000))] })
    else if (kind === 2)
      connections.push({ ...common, walks: [start + 200, start + 700], end: start + 1_500, resets: 1 })
    else connections.push({ ...common, end: start + 1 + below(1_500) })
  }
  connections.push({
    client: headwater,
    server: headwater,
    port: 8123,
    start: from + 100,
    end: from + 200,
    sent: 10,
    received: 10,
    self: true,
  })
  return connections
}

export interface EdgeTruth {
  client_to_server_bytes: number
  server_to_client_bytes: number
  connects: number
  closes: number
  open: number
  failures: number
  failure_reasons: Record<string, number>
  retransmits: number
  resets: number
}

/** What was done, counted connection by connection: by client, server. */
export function truth(connections: readonly Connection[], key: (c: Connection) => string): Map<string, EdgeTruth> {
  const edges = new Map<string, EdgeTruth>()
  for (const c of connections) {
    if (c.self) continue
    const edge = edges.get(key(c)) ?? {
      client_to_server_bytes: 0,
      server_to_client_bytes: 0,
      connects: 0,
      closes: 0,
      open: 0,
      failures: 0,
      failure_reasons: {},
      retransmits: 0,
      resets: 0,
    }
    edges.set(key(c), edge)
    if (c.failure !== undefined) {
      edge.failures++
      edge.failure_reasons[c.failure] = (edge.failure_reasons[c.failure] ?? 0) + 1
      continue
    }
    edge.connects++
    edge.client_to_server_bytes += c.sent ?? 0
    edge.server_to_client_bytes += c.received ?? 0
    if (c.end === undefined) edge.open++
    else edge.closes++
    if (c.client.observed !== false) edge.retransmits += c.retransmits?.client ?? 0
    if (c.server.observed !== false) edge.retransmits += c.retransmits?.server ?? 0
    edge.resets += c.resets ?? 0
  }
  return edges
}
