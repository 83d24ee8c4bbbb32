/** A column of 64 bits as words of 32, the low one of a row at 2 x row: a bigint for each row would cost more than all else that is done with it. */
export type Words = Uint32Array

export const wordsOf = ({ buffer, byteOffset, length }: BigUint64Array | BigInt64Array): Words =>
  new Uint32Array(buffer, byteOffset, 2 * length)

/** The row's number, exact below 2^53; of a signed column where it is not negative. */
export const numberAt = (words: Words, row: number): number =>
  (words[2 * row] as number) + (words[2 * row + 1] as number) * 2 ** 32
