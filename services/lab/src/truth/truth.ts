import type { PeerCounts, ServiceCounts } from '../service/count/counts.js'
import type { Instance } from '../topology/services.js'

/** One end's count of the connections of a pair. Bytes are payload. */
export interface EndTruth {
  /** Established ones. */
  connections: number
  /** Attempts that were never established, by what the client's socket said; a server sees none of them. */
  failures: Record<string, number>
  /** Established ones that ended otherwise than by a close of both ends, by what this end's socket said. */
  broken: Record<string, number>
  client_to_server_bytes: number
  server_to_client_bytes: number
  open: number
}

export interface PairTruth {
  client: string
  server: string
  /** null where the client counted nothing. */
  by_client: EndTruth | null
  by_server: EndTruth | null
}

export interface InstanceCounts {
  instance: Instance
  counts: ServiceCounts
}

/** Whose counts are put together: those of all replicas of a service, or of each process apart. */
export type TruthBy = 'service' | 'instance'

/** Client of connections whose client did not say who it is, since they ended before. */
export const UNKNOWN = 'unknown'

const sum = (into: Record<string, number>, more: Record<string, number>) => {
  for (const [key, n] of Object.entries(more)) into[key] = (into[key] ?? 0) + n
}

function add(
  end: EndTruth | null,
  counts: PeerCounts,
  sent: 'client_to_server_bytes' | 'server_to_client_bytes',
): EndTruth {
  const received = sent === 'client_to_server_bytes' ? 'server_to_client_bytes' : 'client_to_server_bytes'
  const to = end ?? {
    ...{ connections: 0, failures: {}, broken: {} },
    ...{ client_to_server_bytes: 0, server_to_client_bytes: 0, open: 0 },
  }
  to.connections += counts.connections
  to.open += counts.open
  to[sent] += counts.sentBytes
  to[received] += counts.receivedBytes
  sum(to.failures, counts.failures)
  sum(to.broken, counts.broken)
  return to
}

/** Puts what the services counted together by pair, ordered by client and server. */
export function pairTruth(all: readonly InstanceCounts[], by: TruthBy): PairTruth[] {
  const label = (instance: Instance) => (by === 'service' ? instance.service : instance.name)
  const servers = new Map<string, string>(
    all.flatMap(({ instance: i }) => (i.serve === null ? [] : [[`${i.address}:${i.serve.port}`, label(i)] as const])),
  )
  const clients = new Map(all.map(({ instance }) => [instance.name, label(instance)]))
  const pairs = new Map<string, PairTruth>()
  const pair = (client: string, server: string): PairTruth => {
    const key = `${client}\0${server}`
    const found = pairs.get(key) ?? { client, server, by_client: null, by_server: null }
    pairs.set(key, found)
    return found
  }
  for (const { instance, counts } of all) {
    for (const made of counts.made) {
      const of = pair(label(instance), servers.get(made.peer) ?? made.peer)
      of.by_client = add(of.by_client, made, 'client_to_server_bytes')
    }
    for (const accepted of counts.accepted) {
      const of = pair(clients.get(accepted.peer) ?? UNKNOWN, label(instance))
      of.by_server = add(of.by_server, accepted, 'server_to_client_bytes')
    }
  }
  return [...pairs.values()].sort((a, b) => a.client.localeCompare(b.client) || a.server.localeCompare(b.server))
}
