import { constants } from 'node:os'

const { ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNRESET, EPIPE, ECONNABORTED } = constants.errno

/** TCP states (include/net/tcp_states.h). */
const ESTABLISHED = 1
const FIN_WAIT1 = 4
const FIN_WAIT2 = 5
const TIME_WAIT = 6
const CLOSE_WAIT = 8
const LAST_ACK = 9
const CLOSING = 11

export type CloseReason =
  | 'active-close'
  | 'passive-close'
  | 'simultaneous-close'
  | 'reset'
  | 'aborted'
  | 'timeout'
  | 'unreachable'
  | 'other'

/** How an established connection ended. @param errno the socket's error @param before its state before the end @param resets sent by this end */
export function closeReason(errno: number, before: number, resets: number): CloseReason {
  switch (errno) {
    case 0:
      return resets > 0 ? 'aborted' : byState(before)
    case ECONNRESET:
    case EPIPE:
      return 'reset'
    case ECONNABORTED:
      return 'aborted'
    case ETIMEDOUT:
      return 'timeout'
    case EHOSTUNREACH:
    case ENETUNREACH:
      return 'unreachable'
    default:
      return 'other'
  }
}

/** Whose FIN came first (RFC 9293, 3.6). */
function byState(before: number): CloseReason {
  switch (before) {
    case FIN_WAIT1:
    case FIN_WAIT2:
    case TIME_WAIT:
      return 'active-close'
    case LAST_ACK:
      return 'passive-close'
    case CLOSING:
      return 'simultaneous-close'
    case ESTABLISHED:
    case CLOSE_WAIT:
      return 'aborted'
    default:
      return 'other'
  }
}
