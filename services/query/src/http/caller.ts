import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyReply, FastifyRequest } from 'fastify'

const callers = new AsyncLocalStorage<AbortSignal>()

/** Aborted once the caller of the request under way has gone without its answer; undefined outside of requests. */
export const callerGone = (): AbortSignal | undefined => callers.getStore()

/** Runs what several callers wait for: it goes on when one of them leaves. */
export const forAllCallers = <R>(run: () => R): R => callers.exit(run)

/** Lets a request's work know when nobody waits for it any more. */
export function followCaller(_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  callers.run(gone.signal, done)
}
