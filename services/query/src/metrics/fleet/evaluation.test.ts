import { expect, test } from 'vitest'
import { Evaluation } from './evaluation.js'

test('one that is slow is not begun again, and is there for who comes later', async () => {
  const slow = Promise.withResolvers<number>()
  let begun = 0
  const evaluation = new Evaluation<number>(
    'x',
    1000,
    () => {
      begun++
      return slow.promise
    },
    () => undefined,
    10,
  )
  expect(await Promise.all([evaluation.read(0), evaluation.read(1)])).toEqual([undefined, undefined])
  expect(await evaluation.read(5000)).toBeUndefined()
  expect(begun).toBe(1)
  slow.resolve(7)
  await slow.promise
  expect(await evaluation.read(5001)).toBe(7)
})

test('one that fails is told, and tried again', async () => {
  const errors: unknown[] = []
  let fails = true
  const evaluate = async () => {
    if (fails) throw new Error('away')
    return 1
  }
  const evaluation = new Evaluation<number>('x', 1000, evaluate, (error) => errors.push(error))
  expect(await evaluation.read(0)).toBeUndefined()
  fails = false
  expect(await evaluation.read(1)).toBe(1)
  fails = true
  expect(await evaluation.read(500)).toBe(1)
  expect(errors).toHaveLength(1)
})
