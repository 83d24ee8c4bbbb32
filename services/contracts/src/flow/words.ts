/**
 * Elements of 64 bits or more as words of 32 (little-endian), the lowest first: a bigint for each row would cost more than all else that is done with it.
 * @throws RangeError where the array does not begin at a multiple of 4 bytes
 */
export const wordsOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength >>> 2)
