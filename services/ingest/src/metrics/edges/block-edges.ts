import type { AllColumns, Dictionary } from '@headwater/contracts'
import type { Role } from '../../identity/connections.js'
import type { Parties, Party } from './parties.js'
import { RowGroups } from './row-groups.js'
import { Slot } from './slot.js'

/** Of the services at the ends of one block's rows, those at one side: each is looked up once. */
class Side {
  readonly #groups: RowGroups
  readonly #parties: Party[] = []

  /** @param names cluster, namespace, service */
  constructor(
    private readonly names: readonly Dictionary[],
    private readonly transport: Dictionary,
    private readonly parties: Parties,
    private readonly now: number,
  ) {
    this.#groups = new RowGroups([...names, transport])
  }

  of(row: number): Party {
    const group = this.#groups.of(row)
    if (group === this.#parties.length) {
      const text = ({ indices, values }: Dictionary) => values[indices[row] as number] as string
      this.#parties.push(this.parties.of(this.names.map(text), text(this.transport), this.now))
    }
    return this.#parties[group] as Party
  }
}

/** The edges of one block's rows. */
export class BlockEdges {
  readonly slots: Slot[] = []
  readonly #groups: RowGroups
  readonly #local: Side
  readonly #remote: Side

  constructor(
    columns: AllColumns,
    private readonly parties: Parties,
    private readonly now: number,
  ) {
    const local = [columns.cluster, columns.local_namespace, columns.local_service]
    const remote = [columns.remote_cluster, columns.remote_namespace, columns.remote_service]
    const { transport } = columns
    parties.begin()
    this.#groups = new RowGroups([...local, ...remote, transport])
    this.#local = new Side(local, transport, parties, now)
    this.#remote = new Side(remote, transport, parties, now)
  }

  /** Where a row is counted. @param role of the end that tells of it: 0 the client, 1 the server */
  of(row: number, role: Role): Slot {
    const group = this.#groups.of(row, role)
    if (group === this.slots.length) this.slots.push(this.#slot(row, role))
    return this.slots[group] as Slot
  }

  #slot(row: number, role: Role): Slot {
    const [ofClient, ofServer] = role === 0 ? [this.#local, this.#remote] : [this.#remote, this.#local]
    const [client, server] = [ofClient.of(row), ofServer.of(row)]
    return new Slot(this.parties.edge(client, server, this.now), client.sums, server.sums, role)
  }
}
