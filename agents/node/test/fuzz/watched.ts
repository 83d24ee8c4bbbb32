/** Bytes that count how often one of them is read, so that a reader that does not end can be told without a clock. */
export function watched(bytes: Uint8Array, most: number): Uint8Array {
  let reads = 0
  return new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^\d/.test(key)) {
        if (++reads > most) throw new RangeError(`more than ${most} reads of ${bytes.length} bytes`)
        return target[Number(key)]
      }
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
