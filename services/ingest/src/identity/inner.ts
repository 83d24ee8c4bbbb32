/** The map that a map of maps has at a key; an empty one is put there where there was none. */
export function inner<A, K, V>(map: Map<A, Map<K, V>>, key: A): Map<K, V> {
  let found = map.get(key)
  if (found === undefined) {
    found = new Map()
    map.set(key, found)
  }
  return found
}
