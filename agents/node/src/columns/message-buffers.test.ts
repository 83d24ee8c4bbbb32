import { expect, test } from 'vitest'
import { MessageBuffers } from './message-buffers.js'

const MB = 2 ** 20

test('a large buffer is used again, once it was given back', () => {
  const buffers = new MessageBuffers()
  const one = buffers.take(MB + 1)
  const other = buffers.take(MB)
  expect(one.byteLength).toBe(MB + 1)
  expect(other.buffer).not.toBe(one.buffer)
  buffers.give(one)
  const again = buffers.take(MB - 5)
  expect(again.buffer).toBe(one.buffer)
  expect(again.byteLength).toBe(MB - 5)
})

test('two are kept at most; small messages have buffers of their own', () => {
  const buffers = new MessageBuffers()
  for (const message of [1, 2, 3].map(() => buffers.take(MB))) buffers.give(message)
  expect(buffers.bytes).toBe(2 * MB)
  const small = buffers.take(1000)
  expect(small.buffer.byteLength).toBe(1000)
  buffers.give(small)
  expect(buffers.bytes).toBe(2 * MB)
})

test('what a burst needed is let go once messages are small again', () => {
  const buffers = new MessageBuffers()
  buffers.give(buffers.take(8 * MB))
  buffers.take(MB)
  expect(buffers.bytes).toBe(0)
})
