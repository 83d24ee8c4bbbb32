import type { Dictionary, Memory } from '@headwater/contracts'

/** One dictionary for all parts of a column. */
export interface Merged {
  /** Each text once, in the order in which the parts have them. */
  values: string[]
  /** For each part: where each of its texts is among them. */
  places: readonly Int32Array[]
}

function inOrder(length: number, memory: Memory): Int32Array {
  const places = memory.take(Int32Array, length)
  for (let i = 0; i < length; i++) places[i] = i
  return places
}

/** Puts the dictionaries of a column's parts together. What they share is taken as it is. @param memory of the places */
export function mergeDictionaries(parts: readonly Dictionary[], memory: Memory): Merged {
  const first = parts[0]?.values ?? []
  if (parts.every(({ values }) => values === first)) {
    const same = inOrder(first.length, memory)
    return { values: first, places: parts.map(() => same) }
  }
  const all: string[] = []
  const known = new Map<string, number>()
  const places = parts.map(({ values }) => {
    const own = memory.take(Int32Array, values.length)
    for (let i = 0; i < values.length; i++) {
      const text = values[i] as string
      let place = known.get(text)
      if (place === undefined) {
        place = all.push(text) - 1
        known.set(text, place)
      }
      own[i] = place
    }
    return own
  })
  return { values: all, places }
}
