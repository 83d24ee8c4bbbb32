import { createServer, type Server } from 'node:http'
import { CLIENT_HEADER } from '../call/http-call.js'
import { breakOff } from './break-off.js'
import type { Serving } from './server.js'

/** Answers each request, after the work behind it, with a body of the spec's length. Clients ask on a connection of its own each. */
export function httpServer({ spec, work, resets, watched }: Serving): Server {
  const body = Buffer.alloc(spec.answerBytes, 'a')
  const server = createServer((request, response) => {
    const client = request.headers[CLIENT_HEADER]
    const end = watched.get(request.socket)
    if (end !== undefined && typeof client === 'string') end.peer = client
    request.resume()
    if (resets()) return breakOff(request.socket, end)
    response.on('error', () => undefined)
    void work().then((ok) => {
      response.writeHead(ok ? 200 : 502, { 'content-length': body.length, connection: 'close' })
      response.end(body)
    })
  })
  server.keepAliveTimeout = 1
  return server
}
