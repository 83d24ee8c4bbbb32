import { readFileSync } from 'node:fs'
import { decodeFlowBatch, topics } from '@headwater/contracts'
import { type KernelReasons, type Layout, RecordBatch } from '@headwater/native'
import { expect, test } from 'vitest'
import { Pipeline } from '../src/pipeline.js'
import { Tally } from '../src/report/tally.js'
import { rowsOf } from '../src/testing/rows.js'

interface Fixture {
  boot_offset_ms: number
  layout: Layout
  records: string
  reasons: KernelReasons
}

const fixture = JSON.parse(readFileSync(new URL('fixtures/ring.json', import.meta.url), 'utf8')) as Fixture
const ring = Uint8Array.from(Buffer.from(fixture.records, 'base64'))

/** Recorded bytes of the ring -> Arrow batch: the seam between the kernel and the bus. fixtures/record.ts makes the bytes. */
test('recorded kernel bytes make the golden batch', async () => {
  const lines: string[] = []
  const pipeline = new Pipeline({
    identity: { cluster: 'golden', node: 'node-1', realm: 'golden', zone: '', region: '' },
    instance: 'golden-1',
    version: '0',
    maxConnections: 1024,
    selfPids: () => new Set(),
    tally: new Tally(),
    connected: () => true,
    readProc: () => undefined,
    reasons: () => fixture.reasons,
    send: ({ messages }) => {
      for (const { topic, value } of messages) {
        if (topic === topics.endpoints) lines.push(Buffer.from(value).toString())
        else for (const row of rowsOf([decodeFlowBatch(value)])) lines.push(JSON.stringify(row))
      }
    },
  })
  const records = new RecordBatch(fixture.layout, ring.buffer, ring.byteLength / fixture.layout.stride)
  pipeline.take(records, fixture.layout, fixture.boot_offset_ms)
  pipeline.flush()
  expect(pipeline.connections.size).toBe(0)
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./fixtures/ring.golden.jsonl')
})
