import type { Dictionary } from '@headwater/contracts'
import { expect, it } from 'vitest'
import { numbersFrom } from '../../testing/index.js'
import { RowGroups } from './row-groups.js'

const ROWS = 5000

it('are those that a key of all indices makes, numbered as they are met', () => {
  const next = numbersFrom(1)
  for (const sizes of [[1], [3], [400, 1, 30], [2, 2, 2, 2, 2, 2, 2], [5000, 5000]]) {
    const dictionaries = sizes.map(
      (size): Dictionary => ({
        indices: Int32Array.from({ length: ROWS }, () => next(size)),
        values: Array.from({ length: size }, (_, i) => `text ${i}`),
      }),
    )
    const kinds = Array.from({ length: ROWS }, () => next(2))
    const groups = new RowGroups(dictionaries)
    const known = new Map<string, number>()
    for (const [row, kind] of kinds.entries()) {
      const key = [kind, ...dictionaries.map(({ indices }) => indices[row])].join()
      if (!known.has(key)) known.set(key, known.size)
      expect(groups.of(row, kind)).toBe(known.get(key))
    }
    expect(groups.size).toBe(known.size)
  }
})
