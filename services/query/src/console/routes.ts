import type { FastifyInstance } from 'fastify'
import { loadConsole } from './files.js'

/** One GET route per file of the console. */
export function serveConsole(fastify: FastifyInstance, dir: string | undefined): void {
  for (const [path, file] of loadConsole(dir))
    fastify.get(path, { config: { route: 'console' } } as object, (request, reply) => {
      reply
        .header('content-type', file.type)
        .header('cache-control', file.cacheControl)
        .header('vary', 'accept-encoding')
      const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) ? file.gzip : undefined
      if (gzip !== undefined) reply.header('content-encoding', 'gzip')
      reply.send(gzip ?? file.body)
    })
}
