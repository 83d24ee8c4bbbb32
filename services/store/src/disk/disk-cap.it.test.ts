import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeFlows } from '../native/tables.js'
import { FLOWS_PARTITION_HOURS, flowsPartition } from '../schema/flows.js'
import { flowBlock, memoryLogger, startTestStore, type TestStore } from '../testing/index.js'
import { DiskCap } from './disk-cap.js'

let store: TestStore
beforeEach(async () => {
  store = await startTestStore()
})
afterEach(() => store?.stop())

const hour = 3_600_000
const now = Date.now()
const length = FLOWS_PARTITION_HOURS * hour
/** Middle of the partition that many partitions ago. */
const ago = (partitions: number): number => flowsPartition(now) - partitions * length + hour

async function fill(times: number[]): Promise<void> {
  for (const time of times) {
    const rows = Array.from({ length: 2_000 }, (_, i) => ({
      time,
      cookie: BigInt(i * 7_919 + time),
      tx_bytes: BigInt(i),
    }))
    const block = flowBlock(rows)
    await store.ingest.insertNative('flows', encodeFlows([block]), { token: `t${time}` })
  }
}

const partitions = async (table: string): Promise<string[]> => {
  const { columns } = await store.admin.query<{ partition: string[] }>(
    "SELECT DISTINCT partition FROM system.parts WHERE database = 'headwater' AND table = {table:String} AND active ORDER BY partition",
    { table },
  )
  return columns.partition
}

const text = (time: number): string => new Date(flowsPartition(time)).toISOString().slice(0, 19).replace('T', ' ')
const cap = (maxBytes: number, lines: string[] = []) =>
  new DiskCap({ client: store.admin, logger: memoryLogger(lines), maxBytes })

describe('flowsPartition', () => {
  it('is the partition that the server puts a row into', async () => {
    await fill([ago(0), ago(1)])
    expect(await partitions('flows')).toEqual([text(ago(1)), text(ago(0))])
  })
})

describe('DiskCap', () => {
  it('does nothing below the cap', async () => {
    await fill([ago(1), ago(0)])
    const result = await cap(10 ** 9).check()
    expect(result.dropped).toEqual([])
    expect(result.bytes).toBeGreaterThan(10_000)
  })

  it('drops the oldest partition of flows, and only that, when that is enough', async () => {
    await fill([ago(4), ago(1), ago(0)])
    const { bytes } = await cap(10 ** 9).check()
    const lines: string[] = []
    const tiny = cap(bytes - 1, lines)
    const result = await tiny.check()
    expect(result.dropped).toMatchObject([{ table: 'flows', partition: text(ago(4)), rows: 2_000 }])
    expect(await partitions('flows')).toEqual([text(ago(1)), text(ago(0))])
    expect((await store.query.query('SELECT sum(rows) AS n FROM edges_1m')).columns).toEqual({ n: [6_000] })
    expect(lines.join('\n')).toContain(text(ago(4)))
    expect(tiny.counters).toMatchObject({ partitions: 1, rows: 2_000 })
    expect((await tiny.check()).dropped).toEqual([])
  })

  it('takes the oldest raw rows first, of whichever table, and of each leaves the newest', async () => {
    await fill([ago(6), ago(3), ago(0)])
    for (const partitionsAgo of [5, 3, 1])
      await store.admin.command(
        `INSERT INTO headwater.dns (time, query_name) SELECT fromUnixTimestamp64Milli({time:Int64}), toString(rand64(number)) FROM numbers(2000)`,
        { time: ago(partitionsAgo) },
      )
    const { dropped } = await cap(1).check()
    const raw = dropped.filter(({ table }) => table === 'flows' || table === 'dns')
    expect(raw.map(({ table, partition }) => [table, partition])).toEqual([
      ['flows', text(ago(6))],
      ['dns', text(ago(5))],
      ['dns', text(ago(3))],
      ['flows', text(ago(3))],
    ])
    expect([await partitions('flows'), await partitions('dns')]).toEqual([[text(ago(0))], [text(ago(1))]])
  })

  it('keeps the newest partition of each table, and says that it is too large', async () => {
    await fill([ago(8), ago(4), ago(0)])
    const lines: string[] = []
    const result = await cap(1, lines).check()
    expect(result.dropped.map(({ table }) => table)).toEqual(['flows', 'flows', 'edges_1m', 'edges_1m'])
    expect(await partitions('flows')).toEqual([text(ago(0))])
    expect(await partitions('edges_1m')).toHaveLength(1)
    expect(result.bytes).toBeGreaterThan(1)
    expect(lines.at(-1)).toContain('store.max-bytes')
  })

  it('takes from the rollups of an hour last', async () => {
    const month = 31 * 24 * hour
    await fill([ago(0)])
    const old = `toDateTime(${Math.floor((now - month) / 1000)}, 'UTC')`
    for (const table of ['edges_1h', 'zones_1h'])
      await store.admin.command(`INSERT INTO headwater.${table} (time, client_service) VALUES (${old}, 'a')`)
    await store.admin.command(
      `INSERT INTO headwater.edges_1m (time, client_service) VALUES (toDateTime(${Math.floor(now / 1000 - 86_400)}, 'UTC'), 'a')`,
    )
    const result = await cap(1).check()
    expect(result.dropped.map(({ table }) => table)).toEqual(['edges_1m', 'edges_1h', 'zones_1h'])
    for (const table of ['edges_1h', 'zones_1h']) expect(await partitions(table)).toHaveLength(1)
  })

  it('checks at start, and survives a server that is away', async () => {
    await fill([ago(4), ago(0)])
    const lines: string[] = []
    const component = new DiskCap({ client: store.admin, logger: memoryLogger(lines), maxBytes: 1, intervalMs: 20 })
    await component.start()
    expect(await partitions('flows')).toEqual([text(ago(0))])
    await store.store.server?.stop()
    await expect.poll(() => lines.some((line) => line.includes('check failed'))).toBe(true)
    await component.stop()
  })
})
