import { expect, test } from 'vitest'
import { ProcessIdentity } from '../identity/process-identity.js'
import { Connections, EXPIRY_MS } from './connections.js'
import { CookieTable } from './cookie-table.js'

test('finds, removes and reuses entries as a Map does, through growth', () => {
  const table = new CookieTable(8, 4096)
  const truth = new Map<string, number>()
  const wrong: string[] = []
  let seed = 1
  const random = (n: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return (seed >>> 8) % n
  }
  for (let step = 0; step < 60_000; step++) {
    const lo = random(3000)
    const hi = random(2)
    const key = `${lo} ${hi}`
    const entry = table.find(lo, hi)
    if (entry !== (truth.get(key) ?? -1)) wrong.push(key)
    if (entry < 0) truth.set(key, table.insert(lo, hi))
    else if (random(2) === 0) {
      table.remove(entry)
      truth.delete(key)
    }
  }
  expect(wrong).toEqual([])
  expect(table.size).toBe(truth.size)
  expect(new Set(truth.values()).size).toBe(truth.size)
  const seen = new Set<number>()
  table.forEach((entry) => {
    seen.add(entry)
  })
  expect(seen).toEqual(new Set(truth.values()))
})

test('refuses above its bound, and takes again after a removal', () => {
  const table = new CookieTable(4, 8)
  const entries = Array.from({ length: 7 }, (_, i) => table.insert(i, 0))
  expect(table.insert(99, 0)).toBe(-1)
  expect(table.find(99, 0)).toBe(-1)
  table.remove(entries[3]!)
  expect(table.insert(99, 0)).toBe(entries[3])
})

test('200,000 connections fit in about 50 MB of columns', () => {
  const connections = new Connections(262_144)
  for (let i = 0; i < 200_000; i++) connections.insert(i, 0)
  const bytes = Object.values(connections)
    .filter((v) => ArrayBuffer.isView(v))
    .reduce((sum, v) => sum + v.byteLength, 0)
  const table = 262_144 * (8 + 4 + 4 + 4)
  const identities = 262_144 * 8
  expect(connections.size).toBe(200_000)
  expect(bytes + table + identities).toBeLessThan(50e6)
})

test('a connection unheard of for the expiry goes, and its entry starts from zeros again', () => {
  const connections = new Connections(16)
  const entry = connections.insert(1, 0)
  connections.segsOut[entry] = 7
  connections.identity[entry] = new ProcessIdentity('curl', true)
  connections.lastNs[entry] = 5e9
  expect(connections.expire(5e9 + EXPIRY_MS * 1e6)).toBe(0)
  expect(connections.expire(5e9 + EXPIRY_MS * 1e6 + 1)).toBe(1)
  expect(connections.expired).toBe(1)
  const next = connections.insert(2, 0)
  expect(next).toBe(entry)
  expect([connections.segsOut[next], connections.identity[next]?.process]).toEqual([0, ''])
})
