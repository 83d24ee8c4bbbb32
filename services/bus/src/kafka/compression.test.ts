import { zstdCompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { contentSize, registerCodecs } from './compression.js'

const text = (bytes: number) => Buffer.alloc(bytes, 'a flow is a flow ')

it('reads how much a frame holds, of each size that it may be written in', () => {
  // Frames that are shorter than the longest header are not looked at.
  for (const bytes of [200, 255, 256, 300, 65_791, 65_792, 3 << 20])
    expect(contentSize(zstdCompressSync(text(bytes), { pledgedSrcSize: bytes }))).toBe(bytes)
})

it('knows no size where a frame tells none, or where it is no frame', () => {
  // Skipped on purpose by whoever streams: nothing is pledged.
  const frame = zstdCompressSync(text(1000))
  frame[4] = (frame[4] as number) & 0x1f
  expect(contentSize(frame)).toBeUndefined()
  expect(contentSize(text(100))).toBeUndefined()
  expect(contentSize(Buffer.alloc(3))).toBeUndefined()
})

it('unpacks what it has packed, and what others have, whatever their frames say', async () => {
  registerCodecs()
  const codec = kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD]() as {
    compress(encoder: { buffer: Buffer }): Promise<Buffer>
    decompress(buffer: Buffer): Promise<Buffer>
  }
  for (const bytes of [0, 5, 100_000, 5 << 20]) {
    const packed = await codec.compress({ buffer: text(bytes) })
    if (bytes > 100) expect(contentSize(packed)).toBe(bytes)
    expect((await codec.decompress(packed)).equals(text(bytes))).toBe(true)
    expect((await codec.decompress(zstdCompressSync(text(bytes)))).equals(text(bytes))).toBe(true)
  }
})
