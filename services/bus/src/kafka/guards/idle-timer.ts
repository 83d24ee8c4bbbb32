import { createRequire } from 'node:module'

/** What this guard needs of kafkajs' queue of requests to one broker. */
export interface RequestQueue {
  pending: unknown[]
  throttleCheckTimeoutId: NodeJS.Timeout | null
  scheduleCheckPendingRequests(): void
  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void
  destroy(): void
}

export type RequestQueueClass = { new (options: Record<string, unknown>): RequestQueue; prototype: RequestQueue }

const load = createRequire(import.meta.url)

export const requestQueueClass = (): RequestQueueClass =>
  load('kafkajs/src/network/requestQueue/index.js') as RequestQueueClass

const guarded = new WeakSet<object>()

/**
 * kafkajs 2.2.4 (issue 1751 of tulios/kafkajs): after the first answer each connection checks its empty queue of pending requests
 * every millisecond for ever, because the delay it computes is negative. With nothing pending there is nothing to check, and whatever
 * becomes pending later schedules its own check.
 */
export function guardIdleTimer(queue: RequestQueueClass = requestQueueClass()): void {
  if (guarded.has(queue)) return
  guarded.add(queue)
  const schedule = queue.prototype.scheduleCheckPendingRequests
  queue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}
