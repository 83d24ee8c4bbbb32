import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { guardIdleTimer, type RequestQueueClass, requestQueueClass } from './idle-timer.js'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** How often an idle queue looks at its pending requests in 100 ms after one answer. */
async function idleChecks(Queue: RequestQueueClass): Promise<number> {
  const queue = new Queue({
    maxInFlightRequests: null,
    requestTimeout: 1000,
    clientId: 't',
    broker: 'b',
    logger: silent,
  })
  let checks = 0
  const schedule = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = () => {
    checks++
    schedule.call(queue)
  }
  queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 })
  await wait(100)
  queue.destroy()
  return checks
}

it('leaves an idle connection without a timer, which kafkajs alone does not', async () => {
  const Original = requestQueueClass()
  class Unguarded extends Original {}
  Unguarded.prototype.scheduleCheckPendingRequests = Original.prototype.scheduleCheckPendingRequests
  class Guarded extends Original {}
  Guarded.prototype.scheduleCheckPendingRequests = Original.prototype.scheduleCheckPendingRequests
  guardIdleTimer(Guarded as RequestQueueClass)

  expect(await idleChecks(Unguarded as RequestQueueClass)).toBeGreaterThan(5)
  expect(await idleChecks(Guarded as RequestQueueClass)).toBe(1)
})

it('still checks a queue with pending requests', async () => {
  const Original = requestQueueClass()
  class Guarded extends Original {}
  Guarded.prototype.scheduleCheckPendingRequests = Original.prototype.scheduleCheckPendingRequests
  guardIdleTimer(Guarded as RequestQueueClass)
  const queue = new Guarded({
    maxInFlightRequests: 1,
    requestTimeout: 1000,
    clientId: 't',
    broker: 'b',
    logger: silent,
  })
  queue.pending.push({ send() {}, expectResponse: true })
  queue.scheduleCheckPendingRequests()
  expect(queue.throttleCheckTimeoutId).not.toBeNull()
  await wait(30)
  expect(queue.pending).toHaveLength(0)
  queue.destroy()
})
