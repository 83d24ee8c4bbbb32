import { constants } from 'node:os'

const { ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNRESET, EPIPE } = constants.errno

export type FailureReason =
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'no-route'
  | 'neigh-failed'
  | 'netfilter-drop'
  | 'no-free-port'
  | 'reset'
  | 'aborted'
  | 'other'

/** What this machine may have done itself to an attempt that got no answer, by the kernel's name of the drop. */
const ownDrops = new Map<string, FailureReason>([
  ['neigh_failed', 'neigh-failed'],
  ['netfilter_drop', 'netfilter-drop'],
])
/** Errors of attempts that got no answer; 0: its process gave up. */
const unanswered = new Set([0, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH])

/**
 * Reason of an attempt that was never established. @param errno the socket's error at its end; 0: its process gave up
 * @param drop why this machine dropped a packet of its handshake; '' where it did not
 * @param localPort 0: connect() found none that was free, and has told its process alone (EADDRNOTAVAIL)
 */
export function failureReason(errno: number, drop = '', localPort = 1): FailureReason {
  if (localPort === 0 && errno === 0) return 'no-free-port'
  const own = ownDrops.get(drop)
  if (own !== undefined && unanswered.has(errno)) return own
  switch (errno) {
    case 0:
      return 'aborted'
    case ECONNREFUSED:
      return 'refused'
    case ETIMEDOUT:
      return 'timeout'
    case EHOSTUNREACH:
      return 'unreachable'
    case ENETUNREACH:
      return 'no-route'
    case ECONNRESET:
    case EPIPE:
      return 'reset'
    default:
      return 'other'
  }
}
