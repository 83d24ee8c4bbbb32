import { decodeFlowBatch, encodeFlowBatch } from '@headwater/contracts'
import { expect, test } from 'vitest'
import { BYTES_PER_ROW, FlowBuffer, KEPT_ROWS } from './flow-buffer.js'

const meta = {
  schema_version: 1,
  instance: 'i',
  sequence: 1,
  cluster: 'c',
  node: 'n',
  realm: 'r',
  zone: '',
  region: '',
  agent_version: '',
  produced: { rows: 0, batches: 0 },
  dropped: {},
}

function fill(buffer: FlowBuffer, rows: number) {
  for (let i = 0; i < rows; i++) {
    const row = buffer.add()
    buffer.scalars.netns[row] = 4026531840 + i
    buffer.scalars.local_port[row] = i
    buffer.words.time.set([i, 400], row * 2)
    buffer.words.cookie.set([i, 7], row * 2)
    buffer.words.local_ip.set([1, 2, 3, i], row * 4)
    for (const column of Object.values(buffer.strings)) column.set(row, '')
    buffer.strings.process.set(row, `p${i % 3}`)
  }
}

test('rows survive growth, the encoder and the decoder', () => {
  const buffer = new FlowBuffer(4)
  fill(buffer, 100)
  const { columns, rows } = decodeFlowBatch(encodeFlowBatch({ meta, rows: buffer.rows, columns: buffer.columns() }))
  expect(rows).toBe(100)
  expect(columns.netns[99]).toBe(4026531840 + 99)
  expect(columns.time[50]).toBe(50n + 400n * 2n ** 32n)
  expect(columns.cookie[50]).toBe(50n + 7n * 2n ** 32n)
  expect([...columns.local_ip.subarray(5 * 16, 6 * 16)]).toEqual([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0])
  expect(columns.process.values).toEqual(['', 'p0', 'p1', 'p2'])
  expect(columns.process.values[columns.process.indices[98] ?? -1]).toBe('p2')
})

test('a cleared buffer starts anew and gives a burst its memory back', () => {
  const buffer = new FlowBuffer(4)
  fill(buffer, 20_000)
  expect(buffer.capacity).toBeGreaterThanOrEqual(20_000)
  buffer.clear()
  expect([buffer.rows, buffer.bytes, buffer.capacity]).toEqual([0, 0, KEPT_ROWS])
  fill(buffer, 1)
  expect(buffer.columns().process.values).toEqual(['', 'p0'])
})

test('the estimate of the size is above the encoded size less the schema', () => {
  const buffer = new FlowBuffer()
  fill(buffer, 10_000)
  const bytes = encodeFlowBatch({ meta, rows: buffer.rows, columns: buffer.columns() }).byteLength
  expect(BYTES_PER_ROW).toBeGreaterThan(150)
  expect(bytes).toBeLessThan(buffer.bytes + 32 * 1024)
})
