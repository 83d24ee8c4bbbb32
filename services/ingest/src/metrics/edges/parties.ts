import { inner } from '../../identity/inner.js'
import type { Bounded } from './bounded.js'
import type { EdgeSums, ServiceSums } from './sums.js'

/** Edges whose sums are remembered: beyond, all are asked for anew. */
const MOST_EDGES = 50_000

type Names<T> = Map<string, T>

/** A service at the ends of edges over one transport. */
export class Party {
  /** Of the edges on which it is the client, by the server. */
  readonly edges = new Map<Party, EdgeSums>()

  constructor(
    /** Cluster, namespace, service. */
    readonly texts: readonly string[],
    readonly transport: string,
    public sums: ServiceSums,
  ) {}
}

/**
 * Where the rows of an edge are counted, remembered from block to block: most blocks tell of the same edges, and to look one up by its seven labels costs
 * more than to count its rows. What is remembered is asked of `Bounded` again once that may say something else.
 */
export class Parties {
  /** By transport, cluster, namespace and service: a key of all would be a new text for each look-up. */
  readonly #all: Names<Names<Names<Names<Party>>>> = new Map()
  #edges = 0

  constructor(
    private readonly edges: Bounded<EdgeSums>,
    private readonly services: Bounded<ServiceSums>,
  ) {}

  /** Before a block: those of the last one are no longer anybody's. */
  begin(): void {
    if (this.#edges < MOST_EDGES) return
    this.#all.clear()
    this.#edges = 0
  }

  /** The service of these texts. @param now Unix ms: it is in use then */
  of(texts: readonly string[], transport: string, now: number): Party {
    const [cluster = '', namespace = '', service = ''] = texts
    const named = inner(inner(inner(this.#all, transport), cluster), namespace)
    let party = named.get(service)
    if (party === undefined) {
      party = new Party(texts, transport, this.services.of(texts, now))
      named.set(service, party)
    } else if (!this.services.isStill(party.sums, now)) party.sums = this.services.of(texts, now)
    party.sums.last = now
    return party
  }

  /** The edge between two services over one transport. @param now Unix ms: it is in use then */
  edge(client: Party, server: Party, now: number): EdgeSums {
    let edge = client.edges.get(server)
    if (edge === undefined || !this.edges.isStill(edge, now)) {
      // In the order of `edgeLabels`.
      const labels = client.texts.flatMap((text, i) => [text, server.texts[i] as string])
      edge = this.edges.of([...labels, client.transport], now)
      client.edges.set(server, edge)
      this.#edges++
    }
    edge.last = now
    return edge
  }
}
