/** The values of bpf/flow.h; the facade refuses an addon whose values differ. */

/** `kind` of a record. */
export const RecordKind = {
  /** A connection, or an attempt (established_ns 0), has ended. */
  Close: 1,
  /** A connection that lives on. */
  Walk: 2,
  /** A listening socket as a walk saw it. */
  Listener: 3,
  /** A socket has begun to listen. */
  Listen: 4,
  /** A socket has ceased to listen. */
  Unlisten: 5,
  /** A UDP conversation that lives on. */
  Datagram: 6,
  /** A UDP conversation has ended: its socket is closed, or it was silent for too long. */
  DatagramEnd: 7,
} as const
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind]

/** `side` of a record. */
export const Side = { Unknown: 0, Client: 1, Server: 2, Peer: 3 } as const
export type Side = (typeof Side)[keyof typeof Side]

/** `side_source`: how the side is known. */
export const SideSource = { Unknown: 0, Socket: 1, Walk: 2, Guess: 3 } as const
export type SideSource = (typeof SideSource)[keyof typeof SideSource]

/** `owner_source`: how the process is known. */
export const OwnerSource = { Unknown: 0, Connect: 1, Listener: 2, FirstIo: 3, Walk: 4 } as const
export type OwnerSource = (typeof OwnerSource)[keyof typeof OwnerSource]

/** Bits of `flags`. */
export const RecordFlag = {
  /** Several processes hold the listener; the owner is one of them. */
  OwnerUncertain: 1,
  /** The socket is older than the probe: its counters began before. */
  Preexisting: 2,
  /** The socket's slot was taken over by a newer one: owner, side and times are missing. */
  SlotTaken: 4,
  /** Unchanged since the last record; sent because a minute has passed. */
  KeepAlive: 8,
  /** A UDP conversation whose port and first byte are those of QUIC. */
  Quic: 16,
} as const
export type RecordFlag = (typeof RecordFlag)[keyof typeof RecordFlag]
