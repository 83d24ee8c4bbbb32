import type { FastifyReply, FastifyRequest } from 'fastify'
import { bodyLimitOf } from './bodies.js'
import { securityHeaders } from './headers.js'
import type { HostCheck } from './hosts.js'
import { sendProblem } from './problem.filter.js'
import { ProblemError } from './problem.js'

const hasBody = (request: FastifyRequest): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) !== 0

/** Why a request goes no further than the door, whatever it asks for. */
function refusal(request: FastifyRequest, hosts: HostCheck, urlLength: number): ProblemError | undefined {
  if (!hosts.accepts(request.headers.host))
    return new ProblemError(
      421,
      'host-not-allowed',
      `the Host header "${(request.headers.host ?? '').slice(0, 253)}" is not one of this server's (${hosts.describe()}); ` +
        'name it in allowed-hosts or HEADWATER_ALLOWED_HOSTS',
    )
  if (request.url.length > urlLength)
    return new ProblemError(
      414,
      'url-too-long',
      `the URL has ${request.url.length} characters, allowed are ${urlLength}`,
    )
  if (request.method === 'POST' && bodyLimitOf(request.url) !== undefined) return undefined
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return new ProblemError(405, 'method-not-allowed', `${request.method} is not possible here; GET and HEAD are`)
  if (hasBody(request)) return new ProblemError(413, 'body-not-allowed', 'a request has no body here')
  return undefined
}

/** Runs before everything else: security headers on each answer, and the refusals that hold for every path. */
export function entryHook(hosts: HostCheck, urlLength: number) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    reply.headers(securityHeaders).header('cache-control', 'no-store')
    const problem = refusal(request, hosts, urlLength)
    if (problem === undefined) {
      done()
      return
    }
    // The body is not read: the connection cannot be used further.
    if (problem.status === 413 || problem.status === 405) reply.header('connection', 'close')
    sendProblem(reply, problem)
  }
}
