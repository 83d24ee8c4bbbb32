import { ByteBuffer } from 'flatbuffers'

/**
 * apache-arrow reads FlatBuffers without verifying them: a vector length of 2^31, or tables that point at each other, would
 * keep it busy for minutes. Every vector's length passes through one function; it is given a budget of elements per message.
 */
const BUDGET = 100_000

let left = Number.POSITIVE_INFINITY
const vectorLength = ByteBuffer.prototype.__vector_len

ByteBuffer.prototype.__vector_len = function bounded(offset: number): number {
  const length = vectorLength.call(this, offset)
  left -= 1 + Math.abs(length)
  if (left < 0 || length < 0) throw new RangeError('metadata larger than a flow batch needs')
  return length
}

/** Runs `read` (synchronous) with the budget of one message. @throws RangeError when it is spent */
export function withinBudget<T>(read: () => T): T {
  left = BUDGET
  try {
    return read()
  } finally {
    left = Number.POSITIVE_INFINITY
  }
}
