/** What one end counted of its connections with one peer. Bytes are payload, as the socket's owner wrote and read it. */
export interface PeerCounts {
  /** Of a client: address:port that was called. Of a server: the instance that called, as it said itself; '' where it said nothing. */
  peer: string
  /** Established ones. */
  connections: number
  /** Attempts that were never established, by what the socket said; `timeout` where the client gave up. */
  failures: Record<string, number>
  /** Established ones that ended otherwise than by a close of both ends, by what the socket said. */
  broken: Record<string, number>
  sentBytes: number
  receivedBytes: number
  /** Open now; their bytes are in the sums. */
  open: number
}

export interface ServiceCounts {
  /** Rounds and requests under way. */
  busy: number
  /** Connections open now that are not of a pool. */
  open: number
  made: PeerCounts[]
  accepted: PeerCounts[]
  /** Rounds that were left out because too many were under way. */
  skipped: number
  /** Calls without a connection, since the name had no address. */
  unresolved: number
}

export const noCounts = (peer: string): PeerCounts => ({
  peer,
  connections: 0,
  failures: {},
  broken: {},
  sentBytes: 0,
  receivedBytes: 0,
  open: 0,
})
