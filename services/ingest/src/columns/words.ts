export { wordsOf } from '@headwater/contracts'

/** A column of 64 bits as words of 32, the low one of a row at 2 x row. */
export type Words = Uint32Array

/** The row's number, exact below 2^53; of a signed column where it is not negative. */
export const numberAt = (words: Words, row: number): number =>
  (words[2 * row] as number) + (words[2 * row + 1] as number) * 2 ** 32
