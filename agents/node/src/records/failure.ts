import { constants } from 'node:os'

const { ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECONNRESET, EPIPE } = constants.errno

export type FailureReason = 'refused' | 'timeout' | 'unreachable' | 'reset' | 'aborted' | 'other'

/** Reason of an attempt that was never established, from the socket's error (an errno) at its end; 0: its process gave up. */
export function failureReason(errno: number): FailureReason {
  switch (errno) {
    case 0:
      return 'aborted'
    case ECONNREFUSED:
      return 'refused'
    case ETIMEDOUT:
      return 'timeout'
    case EHOSTUNREACH:
    case ENETUNREACH:
      return 'unreachable'
    case ECONNRESET:
    case EPIPE:
      return 'reset'
    default:
      return 'other'
  }
}
