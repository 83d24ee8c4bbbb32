import { promisify } from 'node:util'
import { constants, gunzip, gzip, zstdCompress, zstdDecompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { markUnpacked } from './unpacked.js'

export type Compression = 'none' | 'gzip' | 'zstd'

const compress = promisify(zstdCompress)
const zip = promisify(gzip)
const unzip = promisify(gunzip)

/** node:zlib's default of 16 kB costs more than zstd itself on messages of some 100 kB. */
const chunkSize = 1 << 18

/** A record batch never unpacks to more: the bound against a decompression bomb. */
const MAX_UNPACKED_BYTES = 256 << 20

/** What is unpacked at once where a frame does not say how much it holds. */
const UNKNOWN_ROOM = 1 << 20

/**
 * Bytes to make room for at once: all of it, so that it need not be put together from pieces, and one more, since node:zlib makes room for as much again
 * once that is full. @throws where that is too much
 */
function roomFor(frame: Buffer): number {
  const size = contentSize(frame) ?? UNKNOWN_ROOM
  if (size > MAX_UNPACKED_BYTES) throw new RangeError(`it unpacks to ${size} bytes, allowed are ${MAX_UNPACKED_BYTES}`)
  return Math.max(size + 1, 64)
}

/**
 * What a zstd frame says that it holds, in bytes (RFC 8878, 3.1.1); undefined where it does not say.
 *
 *     frame      = u32 0xFD2FB528, u8 descriptor, [u8 window], [0, 1, 2 or 4 bytes of dictionary id], [1, 2, 4 or 8 bytes of content size], ...
 *     descriptor = bits 7-6 size flag, 5 single segment (no window), 1-0 dictionary flag
 */
export function contentSize(frame: Buffer): number | undefined {
  if (frame.length < 18 || frame.readUInt32LE(0) !== 0xfd2f_b528) return undefined
  const descriptor = frame[4] as number
  const single = (descriptor & 0x20) !== 0
  const at = 5 + (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number)
  switch (descriptor >> 6) {
    case 0:
      return single ? frame[at] : undefined
    case 1:
      return frame.readUInt16LE(at) + 256
    case 2:
      return frame.readUInt32LE(at)
    default:
      return Number(frame.readBigUInt64LE(at))
  }
}

export const compressionTypes: Readonly<Record<Compression, number>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  zstd: kafkajs.CompressionTypes.ZSTD,
}

/** kafkajs has no zstd of its own, node:zlib has; and its gzip unpacks whatever comes. */
export function registerCodecs(): void {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => zip(buffer),
    decompress: async (buffer: Buffer) =>
      markUnpacked(await unzip(buffer, { chunkSize, maxOutputLength: MAX_UNPACKED_BYTES }), buffer),
  })
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) =>
      compress(buffer, {
        chunkSize,
        // So that the frame says it, and whoever unpacks it knows how much room that takes.
        pledgedSrcSize: buffer.length,
        params: { [constants.ZSTD_c_compressionLevel]: 1 },
      }),
    // On this thread: another one costs more than it takes off this one, and would hold its own pieces of the output.
    decompress: async (buffer: Buffer) =>
      markUnpacked(
        zstdDecompressSync(buffer, { chunkSize: roomFor(buffer), maxOutputLength: MAX_UNPACKED_BYTES }),
        buffer,
      ),
  })
}
