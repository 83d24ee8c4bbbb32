/**
 * What happened to records on their way to rows, beside the rows; cumulative. They go into the node report with the prefix `agent.`.
 */
export class RecordCounters {
  records = 0
  /** Counters of a record were below the last ones: taken as no change. */
  clamped = 0
  /** Walk records older than the last one of their socket: left out. */
  out_of_order = 0
  /** Walk records of connections that found no room in the state: such a connection shows at its close. */
  untracked = 0
  /** Server sockets that ended before the handshake did: no failure of a client's attempt, and no row. */
  embryonic_closes = 0
  /** Close records without owner and times, of which no walk had told before. */
  slot_unknown = 0
  /** Records of kinds this version does not know. */
  unknown_kind = 0
  /** Connections first heard of after they may have expired: they start from a baseline. */
  late_baselines = 0
}

/** Increase of a 64-bit counter, never negative. */
export function increase(now: number, last: number, counters: RecordCounters): number {
  if (now >= last) return now - last
  counters.clamped++
  return 0
}

/** Increase of a 32-bit counter that wraps, never negative: a step of over 2^31 is one backwards. */
export function increase32(now: number, last: number, counters: RecordCounters): number {
  const step = (now - last) >>> 0
  if (step < 0x80000000) return step
  counters.clamped++
  return 0
}
