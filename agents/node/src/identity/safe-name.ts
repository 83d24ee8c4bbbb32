/** C0 and C1 controls, DEL, line and paragraph separators, bidirectional marks, embeddings, overrides and isolates: nothing that could forge output. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Most UTF-16 units of each kind of name. */
export const NameLength = {
  process: 64,
  /** Of a service, a namespace or a container. */
  service: 128,
  /** The longest name systemd takes has 255 bytes; messages take 253. */
  unit: 253,
  image: 253,
} as const

/** A name that is safe to print and store: without control characters, whole code points, at most `length` UTF-16 units. */
export function safeName(name: string, length: number = NameLength.process): string {
  const cut = name.slice(0, length)
  const halved = name.length > length && (cut.charCodeAt(length - 1) & 0xfc00) === 0xd800
  return (halved ? cut.slice(0, -1) : cut).replace(UNSAFE, '\ufffd').toWellFormed()
}
