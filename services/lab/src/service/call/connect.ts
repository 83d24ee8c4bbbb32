import { connect, type Socket } from 'node:net'
import type { EndCounter } from '../count/end.js'

/** After this a client gives up an attempt to connect, in ms. */
export const CONNECT_TIMEOUT_MS = 2_000

/** A counted connection to an address; one that is not established in time ends with the error `timeout`. */
export function countedConnection(counter: EndCounter, address: string, port: number, pooled: boolean): Socket {
  const socket = connect({ host: address, port, noDelay: true })
  counter.watch(socket, { peer: `${address}:${port}`, pooled }, false)
  const timer = setTimeout(() => socket.destroy(new Error('timeout')), CONNECT_TIMEOUT_MS)
  const settled = () => clearTimeout(timer)
  socket.once('connect', settled).once('close', settled)
  return socket
}
