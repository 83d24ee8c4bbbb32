/** What speaks of one latency: microseconds; 0 where none was slow enough to be followed. */
export interface Latency {
  samples: number
  p50: number
  p95: number
  /** The largest but one: a single outlier is no sign. */
  second: number
}

/** Sums of flows over one edge and one window, by the end that saw it; the names are those of healthMeasures. */
export interface FlowCounts {
  connects: number
  accepts: number
  attempts_failed: number
  refused: number
  unanswered: number
  unreachable: number
  firewalled: number
  without_port: number
  attempts_reset: number
  client_ended: number
  server_ended: number
  client_saw_client_reset: number
  client_saw_server_reset: number
  server_saw_client_reset: number
  server_saw_server_reset: number
  sent_again: number
  segments_sent_doubled: number
  client_looks: number
  server_looks: number
}

export type FlowCountName = keyof FlowCounts

/** Of questions that the client asked the server as a name server. */
export interface NameCounts {
  questions: number
  /** Answered with a code that is neither NOERROR nor NXDOMAIN. */
  names_failed: number
  /** Without an answer. */
  names_lost: number
}

export interface Counts extends FlowCounts, NameCounts {}

export type CountName = keyof Counts

/** A window of one edge, as the judge sees it. */
export interface Evidence extends Counts {
  connect: Latency
  roundTrip: Latency
  /** From question to answer. */
  lookup: Latency
  /** The least round trip seen on the edge, us; 0 where none was. */
  leastRoundTrip: number
  /** Whether an agent sees each end. */
  clientSeen: boolean
  serverSeen: boolean
  /** Of the server's listeners: undefined where none overflowed. */
  overflow: Overflow | undefined
}

export interface Overflow {
  /** Connection requests dropped in the window. */
  drops: number
  /** A report found the queue full. */
  full: boolean
  /** It has an end by now: it explains what came of it, and is no sign of its own any more. */
  over?: boolean
}

/** Attempts to connect, told by the client's end where it is seen. */
export const attempts = (c: Counts): number => Math.max(c.connects, c.accepts) + c.attempts_failed

const namesWrong = (c: Counts): number => c.names_failed + c.names_lost

/** Reports of established connections, and of datagrams both ways, by the end that made most; and questions for names that were answered. */
export const looks = (c: Counts): number => Math.max(c.client_looks, c.server_looks) + c.questions - namesWrong(c)

/** All that was looked at, well or not. */
export const looked = (c: Counts): number => c.attempts_failed + namesWrong(c) + looks(c)

/** Connections that ended, told by either end. */
export const ended = (c: Counts): number => Math.max(c.client_ended, c.server_ended)
