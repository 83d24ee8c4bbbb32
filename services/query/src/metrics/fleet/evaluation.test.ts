import { expect, test } from 'vitest'
import { Evaluation, HOLD_MS } from './evaluation.js'

const ignore = () => undefined

test('one that is slow is not begun again, and is there for who comes later', async () => {
  const slow = Promise.withResolvers<number>()
  let begun = 0
  const evaluate = () => {
    begun++
    return slow.promise
  }
  const evaluation = new Evaluation<number>('x', 1000, evaluate, ignore)
  expect(await Promise.all([evaluation.read(0, 10), evaluation.read(1, 10)])).toEqual([undefined, undefined])
  expect(await evaluation.read(5000, 10)).toBeUndefined()
  expect([begun, evaluation.up]).toEqual([1, false])
  slow.resolve(7)
  await slow.promise
  expect(await evaluation.read(5001, 10)).toBe(7)
})

test('one that fails is told and tried again, and the last stands for a while', async () => {
  const errors: unknown[] = []
  let fails = true
  const evaluate = async () => {
    if (fails) throw new Error('away')
    return 1
  }
  const evaluation = new Evaluation<number>('x', 1000, evaluate, (error) => errors.push(error))
  expect(await evaluation.read(0, 10)).toBeUndefined()
  fails = false
  expect(await evaluation.read(1, 10)).toBe(1)
  fails = true
  expect(await evaluation.read(500, 10)).toBe(1)
  expect([errors.length, evaluation.up]).toEqual([1, true])
  expect(await evaluation.read(5000, 10)).toBe(1)
  expect([errors.length, evaluation.up]).toEqual([2, false])
  expect(await evaluation.read(HOLD_MS + 2, 10)).toBeUndefined()
})
