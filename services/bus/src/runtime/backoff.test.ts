import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { sleep, unlessAborted, within } from './backoff.js'

it('gives what the work gives, or nothing once the signal fires, and leaves no listener behind', async () => {
  const stop = new AbortController()
  const listeners = () => getEventListeners(stop.signal, 'abort').length
  expect(await unlessAborted(Promise.resolve(1), stop.signal)).toBe(1)
  await expect(unlessAborted(Promise.reject(new Error('no')), stop.signal)).rejects.toThrow('no')
  await sleep(1, stop.signal)
  expect(listeners()).toBe(0)
  const waiting = unlessAborted(new Promise(() => undefined), stop.signal)
  expect(listeners()).toBe(1)
  stop.abort()
  expect(await waiting).toBeUndefined()
  expect(await unlessAborted(Promise.resolve(1), stop.signal)).toBeUndefined()
  expect(listeners()).toBe(0)
})

it('waits so long, counted from when something else is over', async () => {
  const never = new Promise<number>(() => undefined)
  expect(await within(5, Promise.resolve(1))).toBe(1)
  expect(await within(5, never)).toBeUndefined()
  const from = Promise.withResolvers<void>()
  const slow = Promise.withResolvers<number>()
  const waiting = within(5, slow.promise, from.promise)
  await sleep(30)
  slow.resolve(2)
  expect(await waiting).toBe(2)
})
