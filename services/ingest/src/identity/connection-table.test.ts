import { expect, it } from 'vitest'
import { numbersFrom } from '../testing/index.js'
import { ConnectionTable, NO_SLOT } from './connection-table.js'

interface Known {
  ends: [string | undefined, string | undefined]
  countedBy: string | undefined
}

it('knows what a Map knows, however ids are spread', () => {
  const next = numbersFrom(1)
  const table = new ConnectionTable<string>()
  // Hashes, small numbers, and numbers that are alike in their low bits.
  const id = (): [number, number] => {
    const kind = next(3)
    if (kind === 0) return [next(2 ** 32), next(2 ** 32)]
    return kind === 1 ? [1 + next(3000), 0] : [0, (1 + next(64)) << 20]
  }
  for (let round = 0; round < 3; round++) {
    const known = new Map<string, Known>()
    for (let i = 0; i < 20_000; i++) {
      const [low, high] = id()
      const key = `${low} ${high}`
      let slot = table.find(low, high)
      expect(slot !== NO_SLOT).toBe(known.has(key))
      if (slot === NO_SLOT) {
        slot = table.add(low, high)
        known.set(key, { ends: [undefined, undefined], countedBy: undefined })
      }
      const it = known.get(key) as Known
      expect([table.end(slot, 0), table.end(slot, 1), table.countedBy(slot)]).toEqual([...it.ends, it.countedBy])
      const role = next(2) as 0 | 1
      it.ends[role] = next(10) === 0 ? undefined : `end ${next(100)}`
      table.setEnd(slot, role, it.ends[role])
      if (next(3) === 0) it.countedBy = `agent ${next(5)}`
      table.setCountedBy(slot, it.countedBy)
    }
    expect(table.size).toBe(known.size)
    table.clear()
    expect(table.size).toBe(0)
    for (const key of known.keys()) {
      const [low, high] = key.split(' ').map(Number) as [number, number]
      expect(table.find(low, high)).toBe(NO_SLOT)
    }
  }
})
