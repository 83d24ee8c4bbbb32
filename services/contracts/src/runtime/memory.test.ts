import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
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

it('has the room that it is to have at least from the first array on', () => {
  const arena = new Arena(1_000_000)
  expect(arena.size).toBe(0)
  const [first, second] = [arena.take(Uint8Array, 600_000), arena.take(Uint8Array, 300_000)]
  expect(first.buffer.byteLength).toBe(1_000_000)
  expect(second.buffer).toBe(first.buffer)
  arena.reset()
  expect(arena.take(Uint8Array, 8).buffer).toBe(first.buffer)
})

it('takes no memory for room that nothing is written to', async () => {
  // Blocks over 32 MiB are pages of their own, whatever was freed before.
  const code = `
    import { Arenas } from '../../dist/runtime/memory.js'
    const before = process.memoryUsage.rss()
    await new Arenas().with(async (arena) => {
      arena.take(Uint8Array, 1000).fill(1)
      process.stdout.write(String((process.memoryUsage.rss() - before) / 2 ** 20) + ' ' + String(arena.size / 2 ** 20))
    })`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: import.meta.dirname,
  })
  const [taken, size] = stdout.split(' ').map(Number)
  expect(taken).toBeLessThan(8)
  expect(size).toBeGreaterThan(32)
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
