/** The finaliser of MurmurHash3 (public domain, A. Appleby): every bit of the word moves every other. */
export function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const KEYS = [0x9e3779b9, 0x7f4a7c15, 0xf39cc060, 0x5cedc834]

/**
 * Writes the 64-bit id of a connection, low word first, at `words[at]`. It is a Feistel network over (client ISN, server ISN):
 * a permutation, so that two connections share an id only where they share both ISNs; both ends compute the same.
 * Either ISN unknown (0): id 0.
 */
export function writeConnectionId(words: Uint32Array, at: number, clientIsn: number, serverIsn: number): void {
  let left = clientIsn
  let right = serverIsn
  if (left === 0 || right === 0) {
    words[at] = 0
    words[at + 1] = 0
    return
  }
  for (const key of KEYS) {
    const next = (left ^ mix((right + key) | 0)) >>> 0
    left = right
    right = next
  }
  words[at] = left
  words[at + 1] = right
}
