/** Longest name on the wire, and of what is kept of one as text (RFC 1035, 2.3.4). */
export const MAX_NAME_BYTES = 255
const MAX_LABEL_BYTES = 63
const POINTER = 0xc0
const DOT = 0x2e
const BACKSLASH = 0x5c

/** Why a name cannot be read. `cut`: the message goes on beyond what there is of it. */
export type NameProblem = 'cut' | 'label' | 'pointer' | 'long'

export interface ReadName {
  text: string
  /** Where the message goes on. */
  end: number
}

const letter = (byte: number): string => {
  if (byte >= 0x41 && byte <= 0x5a) return String.fromCharCode(byte + 0x20)
  if (byte === DOT || byte === BACKSLASH) return `\\${String.fromCharCode(byte)}`
  // Master-file form (RFC 4343, 2.1): what cannot be printed shows as a number, so that no terminal takes it for an order.
  if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, '0')}`
  return String.fromCharCode(byte)
}

function label(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at++) text += letter(bytes[at]!)
  return text
}

/**
 * Reads a name (RFC 1035, 4.1.4):
 *
 *     name    = label* (0 | pointer)
 *     label   = u8 length (1-63), bytes
 *     pointer = u16 with both high bits set: the rest of the name is at that offset
 *
 * A pointer must lead before the name (or the piece of it) that it ends, so a loop cannot be; that, and the length of a name, bound the work.
 */
export function readName(bytes: Uint8Array, start: number): ReadName | NameProblem {
  const labels: string[] = []
  let at = start
  let floor = start
  let end = -1
  let length = 1
  for (;;) {
    const size = bytes[at]
    if (size === undefined) return 'cut'
    if (size === 0) break
    if ((size & POINTER) === POINTER) {
      const low = bytes[at + 1]
      if (low === undefined) return 'cut'
      if (end < 0) end = at + 2
      const target = ((size & 0x3f) << 8) | low
      if (target >= floor) return 'pointer'
      floor = target
      at = target
      continue
    }
    if (size > MAX_LABEL_BYTES) return 'label'
    length += size + 1
    if (length > MAX_NAME_BYTES) return 'long'
    if (at + 1 + size > bytes.length) return 'cut'
    labels.push(label(bytes, at + 1, at + 1 + size))
    at += 1 + size
  }
  const text = labels.length === 0 ? '.' : labels.join('.')
  return { text: text.length > MAX_NAME_BYTES ? text.slice(0, MAX_NAME_BYTES) : text, end: end < 0 ? at + 1 : end }
}

/** Where the message goes on after a name, without reading what it points at; -1 where it ends before. */
export function skipName(bytes: Uint8Array, start: number): number {
  for (let at = start; ; ) {
    const size = bytes[at]
    if (size === undefined) return -1
    if (size === 0) return at + 1
    if ((size & POINTER) === POINTER) return at + 2 <= bytes.length ? at + 2 : -1
    if (size > MAX_LABEL_BYTES) return -1
    at += 1 + size
  }
}
