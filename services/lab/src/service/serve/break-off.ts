import type { Socket } from 'node:net'
import type { Watched } from '../count/end.js'

/** Ends a connection with RST, and has it counted as broken off by this end. */
export function breakOff(socket: Socket, watched: Watched | undefined): void {
  if (watched !== undefined) watched.brokeOff = 'reset'
  socket.resetAndDestroy()
}
