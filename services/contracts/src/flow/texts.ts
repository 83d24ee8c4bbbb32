const decoder = new TextDecoder()

const SLOTS = 1 << 16
/** Longer ones are no names. */
const LONGEST = 128

/**
 * UTF-8 to text. Names come again in every batch: those met lately are the same string each time, which is cheaper than another one, and to look up
 * than one that was never hashed. One text a slot: the last of those that fall there.
 */
export class Texts {
  #slots: (string | undefined)[] | undefined

  /** @param to behind the last byte */
  read(bytes: Uint8Array, from: number, to: number): string {
    if (from === to) return ''
    if (to - from > LONGEST) return decoder.decode(bytes.subarray(from, to))
    let hash = 0
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number
      if (byte >= 0x80) return decoder.decode(bytes.subarray(from, to))
      hash = (Math.imul(hash, 31) + byte) | 0
    }
    this.#slots ??= new Array<string | undefined>(SLOTS).fill(undefined)
    const slot = (Math.imul(hash, 0x9e37_79b1) >>> 16) & (SLOTS - 1)
    const known = this.#slots[slot]
    if (known !== undefined && isText(known, bytes, from, to)) return known
    const text = decoder.decode(bytes.subarray(from, to))
    this.#slots[slot] = text
    return text
  }
}

/** Whether these bytes are a text of ASCII. */
export function isText(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false
  return true
}
