import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.js'

/** The route's pattern, so that hostile paths make no new series. */
function routeOf(request: FastifyRequest): string {
  const { config, url } = request.routeOptions
  const { route } = config as { route?: string }
  return route ?? url ?? 'none'
}

/** Counts and times every request. */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    metrics.inFlight.inc()
    reply.raw.once('close', () => metrics.inFlight.dec())
    done()
  })
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = routeOf(request)
    metrics.requests.inc({ route, status: String(reply.statusCode) })
    metrics.requestSeconds.observe({ route }, reply.elapsedTime / 1000)
    done()
  })
}
