import { expect, it } from 'vitest'
import { Arena, Arenas } from './memory.js'

it('gives the same memory again after a reset, and arrays that do not overlap before it', () => {
  const arena = new Arena()
  arena.take(Uint8Array, 100)
  arena.reset()
  const bytes = arena.take(Uint8Array, 3).fill(1)
  const words = arena.take(BigUint64Array, 2).fill(2n)
  const more = arena.take(Int32Array, 5).fill(3)
  expect([...bytes, ...words, ...more]).toEqual([1, 1, 1, 2n, 2n, 3, 3, 3, 3, 3])
  arena.reset()
  expect(arena.take(Uint8Array, 8).buffer).toBe(bytes.buffer)
})

it('has room after a reset for what it had none for, and does not grow for less', () => {
  const arena = new Arena()
  for (const size of [3_000_000, 5_000_000, 10]) {
    expect(arena.take(Uint8Array, size)).toHaveLength(size)
    arena.reset()
  }
  const { size } = arena
  expect(arena.take(Uint8Array, 5_000_000).buffer.byteLength).toBe(size)
  expect(arena.take(Uint8Array, 5_000_000).buffer.byteLength).toBe(5_000_000)
})

it('keeps what goes on at the same time apart, and gives an arena back also where the work fails', async () => {
  const arenas = new Arenas()
  const seen: Arena[] = []
  const work = async (arena: Arena) => {
    seen.push(arena)
    await Promise.resolve()
    throw new Error('failed')
  }
  await Promise.allSettled([arenas.with(work), arenas.with(work)])
  expect(seen[0]).not.toBe(seen[1])
  await Promise.allSettled([arenas.with(work)])
  expect(seen.slice(0, 2)).toContain(seen[2])
})
