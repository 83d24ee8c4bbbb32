import type { BatchMeta } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Metrics } from '../metrics/metrics.js'
import type { IngestOptions } from '../options.js'
import { StoreWriter } from '../store/writer.js'
import { BatchLosses } from './batch-losses.js'

let server: TestStore
beforeAll(async () => {
  server = await startTestStore()
})
afterAll(() => server?.stop())

const told = (instance: string, sequence: number, lost: number) => {
  const dropped: Record<string, number> = lost === 0 ? {} : { 'ring-full': lost }
  const who = { cluster: 'c', node: 'n', realm: 'c', zone: '', region: '', agent_version: 't', schema_version: 1 }
  const meta: BatchMeta = { ...who, instance, sequence, produced: { rows: 1, batches: sequence }, dropped }
  return { meta, times: [], sent: Date.now() }
}

it('writes what the batches of a chunk tell with one insert, the last of each instance', async () => {
  const options = { store: server.ingest, logger: console } as unknown as IngestOptions
  const metrics = new Metrics(options)
  const losses = new BatchLosses(options, metrics, new StoreWriter(options, metrics))
  await losses.keepAll('flows', [told('a', 1, 3), told('b', 7, 1), told('a', 2, 4), told('c', 1, 0)])
  // Not yet: what was told of them is some ms old.
  await losses.keepAll('flows', [told('a', 3, 5), told('c', 2, 0)])
  await losses.keepAll('dns', [told('a', 1, 5)])
  const { columns } = await server.query.query('SELECT topic, instance, sequence FROM losses ORDER BY topic, instance')
  expect(columns).toEqual({ topic: ['dns', 'flows', 'flows'], instance: ['a', 'a', 'b'], sequence: [1, 2, 7] })
  const { columns: parts } = await server.admin.query<{ rows: number[] }>(
    "SELECT rows FROM system.parts WHERE database = 'headwater' AND table = 'losses' AND level = 0 ORDER BY rows",
  )
  expect(parts.rows).toEqual([1, 2])
})
