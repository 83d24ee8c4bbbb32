import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'

export type Compression = 'none' | 'gzip' | 'zstd'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** node:zlib's default of 16 kB costs more than zstd itself on messages of some 100 kB. */
const chunkSize = 1 << 18

/** A record batch never unpacks to more: the bound against a decompression bomb. */
const MAX_UNPACKED_BYTES = 256 << 20

export const compressionTypes: Readonly<Record<Compression, number>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  zstd: kafkajs.CompressionTypes.ZSTD,
}

/** kafkajs has no zstd of its own; node:zlib has. */
export function registerZstd(): void {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: (encoder: { buffer: Buffer }) =>
      compress(encoder.buffer, { chunkSize, params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
    decompress: (buffer: Buffer) => decompress(buffer, { chunkSize, maxOutputLength: MAX_UNPACKED_BYTES }),
  })
}
