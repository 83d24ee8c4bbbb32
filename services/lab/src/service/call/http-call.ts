import { request } from 'node:http'
import type { EndCounter } from '../count/end.js'
import type { CallSpec } from '../spec.js'
import { countedConnection } from './connect.js'
import type { Names } from './resolver.js'

/** Longer than whatever a server waits for itself: that a far service is slow breaks no connection nearer by. */
const ANSWER_TIMEOUT_MS = 20_000

/** Header by which a client says who it is. Behind a NAT gateway its address does not. */
export const CLIENT_HEADER = 'lab-client'

/** One request on a connection of its own. Resolves when the connection is closed, with whether there was a whole answer. */
export async function httpCall(counter: EndCounter, names: Names, call: CallSpec, instance: string): Promise<boolean> {
  const address = await names.address(call.host)
  const socket = countedConnection(counter, address, call.port, false)
  return new Promise((resolve) => {
    let answered = false
    const body = Buffer.alloc(call.requestBytes, 'q')
    const asked = request(
      {
        method: body.length > 0 ? 'POST' : 'GET',
        path: `/${call.server}`,
        headers: { host: call.host, [CLIENT_HEADER]: instance, 'content-length': body.length },
        createConnection: () => socket,
      },
      (response) => {
        response.on('error', () => undefined)
        response.once('end', () => {
          answered = response.complete
        })
        response.resume()
      },
    )
    asked.setTimeout(ANSWER_TIMEOUT_MS, () => asked.destroy(new Error('no answer')))
    // The counter has the reason.
    asked.on('error', () => undefined)
    socket.once('close', () => resolve(answered))
    asked.end(body)
  })
}
