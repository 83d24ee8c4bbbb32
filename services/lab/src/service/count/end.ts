import type { Socket } from 'node:net'
import { noCounts, type PeerCounts } from './counts.js'

/** A connection as its owner follows it. */
export interface Watched {
  peer: string
  pooled: boolean
  /** Why its owner broke it off, where it did. */
  brokeOff?: string
}

/** Counts the connections of one end (those made, or those accepted) by peer. */
export class EndCounter {
  readonly #peers = new Map<string, PeerCounts>()
  readonly #live = new Map<Socket, Watched>()

  /** A connection that was accepted, or an attempt to make one. Its peer may become known later: it is read when it closes. */
  watch(socket: Socket, watched: Watched, established: boolean): void {
    let open = established
    let reason: string | undefined
    if (open) this.#live.set(socket, watched)
    else
      socket.once('connect', () => {
        open = true
        this.#live.set(socket, watched)
      })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reason ??= error.code ?? error.message
    })
    socket.once('close', () => {
      this.#live.delete(socket)
      const counts = this.#of(watched.peer)
      if (open) add(counts, socket)
      reason ??= watched.brokeOff
      if (reason !== undefined) {
        const by = open ? counts.broken : counts.failures
        by[reason] = (by[reason] ?? 0) + 1
      }
    })
  }

  /** Open connections without those of pools. */
  get open(): number {
    let open = 0
    for (const { pooled } of this.#live.values()) if (!pooled) open++
    return open
  }

  counts(): PeerCounts[] {
    const all = new Map([...this.#peers].map(([peer, counts]) => [peer, structuredClone(counts)]))
    for (const [socket, { peer }] of this.#live) {
      const counts = all.get(peer) ?? noCounts(peer)
      all.set(peer, counts)
      add(counts, socket)
      counts.open++
    }
    return [...all.values()]
  }

  #of(peer: string): PeerCounts {
    let counts = this.#peers.get(peer)
    if (counts === undefined) {
      counts = noCounts(peer)
      this.#peers.set(peer, counts)
    }
    return counts
  }
}

function add(counts: PeerCounts, socket: Socket): void {
  counts.connections++
  counts.sentBytes += socket.bytesWritten
  counts.receivedBytes += socket.bytesRead
}
