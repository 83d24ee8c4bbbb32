import type { EdgeSums, ServiceSums } from './sums.js'

/** Sums of the rows of one edge in one block that one end has told. */
export class Slot {
  counted = false
  sent = 0
  received = 0
  connections = 0
  segments = 0
  retransmits = 0

  /** @param role of the end that tells: 0 the client, 1 the server */
  constructor(
    readonly edge: EdgeSums,
    readonly client: ServiceSums,
    readonly server: ServiceSums,
    private readonly role: 0 | 1,
  ) {}

  /** Adds them to the edge and to the services at its ends. */
  add(): void {
    const { edge, client, server, role, segments, retransmits } = this
    const observed = role === 0 ? client : server
    edge.segments[role] += segments
    edge.retransmits[role] += retransmits
    observed.segments += segments
    observed.retransmits += retransmits
    if (!this.counted) return
    const [up, down] = role === 0 ? [this.sent, this.received] : [this.received, this.sent]
    edge.counted = true
    edge.bytes[0] += up
    edge.bytes[1] += down
    client.bytes[0] += up
    client.bytes[1] += down
    server.bytes[0] += down
    server.bytes[1] += up
    edge.connections += this.connections
    client.connections[0] += this.connections
    server.connections[1] += this.connections
  }
}
