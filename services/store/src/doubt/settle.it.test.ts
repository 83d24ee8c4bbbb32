import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodeFlows } from '../native/tables.js'
import {
  blockSums,
  type FlowRow,
  flowBlock,
  keepNeither,
  keepPartOnly,
  keepTokenOnly,
  startTestStore,
  type TestStore,
} from '../testing/index.js'
import { blockTables, type RowsBlock } from './block.js'
import { fillIn, missingOf } from './settle.js'

let store: TestStore
beforeAll(async () => {
  store = await startTestStore()
})
afterAll(() => store?.stop())
/** Tokens are remembered over a TRUNCATE where their part was not in place. */
let run = 0
beforeEach(async () => {
  run++
  for (const table of blockTables) await store.admin.command(`TRUNCATE TABLE headwater.${table}`)
})

const now = Date.now()
/** An edge, one that others have too, and a row that adds nothing to `zones_1h`; over two minutes. */
const usual: FlowRow[] = [
  { tx_bytes: 5n, connects: 1, remote_service: 'own' },
  { tx_bytes: 5n, rx_bytes: 7n, time: now - 60_000 },
  { side: 'server', counted: 0, local_service: 'cart', remote_service: 'shop', local_port: 443 },
]
const bytesOf = (sequence: number, rows: FlowRow[] = usual): Uint8Array => {
  const block = flowBlock(
    rows.map((row) => ({ ...row, sequence: BigInt(sequence) })),
    now,
  )
  return encodeFlows([block])
}
const block = (sequence: number): RowsBlock => ({
  table: 'flows',
  batches: [{ instance: 'instance-1', sequence }],
  from: now - 60_000,
  to: now,
  token: `${run}:${sequence}:`,
})
const insert = (sequence: number, token = block(sequence).token) =>
  store.ingest.insertNative('flows', bytesOf(sequence), { token })

const all = (n: number) => ({ flows: 3 * n, edges_1m: 3 * n, edges_1h: 3 * n, zones_1h: 10 * n, batches: n })
const sums = () => blockSums(store.query)

/** Changes the files of a table as a kill would have left them; the server reads them anew. */
async function reread(table: string, change: (dataDir: string, table: string) => Promise<void>): Promise<void> {
  await store.admin.command(`DETACH TABLE headwater.${table} SYNC`)
  await change(store.dataDir, table)
  await store.admin.command(`ATTACH TABLE headwater.${table}`)
}

async function settle(sequence: number, attempt = 1): Promise<string[]> {
  const { tables, unclear } = await missingOf(store.ingest, block(sequence))
  const token = `${block(sequence).token}~${attempt}`
  for (const table of tables)
    if (table === 'flows' || table === 'dns') await insert(sequence, token)
    else await fillIn(store.ingest, table, block(sequence), token)
  return [...tables, ...unclear.map((table) => `unclear ${table}`)]
}

describe('a block that was on its way when the server was killed', () => {
  const left: [string, (dataDir: string, table: string) => Promise<void>][] = [
    ['its token alone', keepTokenOnly],
    ['its part alone', keepPartOnly],
  ]
  it.each(left.flatMap(([what, leave]) => blockTables.map((table) => [what, table, leave] as const)))(
    'is everywhere once, of which %s was left in %s and nothing in those after it',
    async (_, table, leave) => {
      await insert(1)
      await insert(2)
      await reread(table, leave)
      for (const later of blockTables.slice(blockTables.indexOf(table) + 1)) await reread(later, keepNeither)
      await settle(2)
      expect(await sums()).toEqual(all(2))
      expect(await settle(2, 2)).toEqual([])
      expect(await settle(1)).toEqual([])
      await insert(3)
      expect(await sums()).toEqual(all(3))
    },
  )

  it('is filled in once, however often', async () => {
    await insert(1)
    await reread('edges_1m', keepTokenOnly)
    await reread('edges_1h', keepNeither)
    for (let time = 0; time < 3; time++) await fillIn(store.ingest, 'edges_1m', block(1), `${block(1).token}~1`)
    expect(await sums()).toEqual(all(1))
  })

  it('is found among those of others that come meanwhile', async () => {
    await insert(1)
    await reread('zones_1h', keepTokenOnly)
    let done = false
    let sequence = 1
    const others = (async () => {
      while (!done) {
        const bytes = bytesOf(++sequence, [{ tx_bytes: 1n }])
        await store.ingest.insertNative('flows', bytes, { token: block(sequence).token })
        // Between two of them there is a look at a table that lacks nothing else.
        await sleep(100)
      }
    })()
    const settled = await settle(1).finally(() => {
      done = true
    })
    await others
    expect(settled).toEqual(['zones_1h'])
    const [{ zones_1h }, n] = [await sums(), sequence - 1]
    expect({ zones_1h, n: n > 1 }).toEqual({ zones_1h: 10 + n, n: true })
  })

  it('is left alone and told of where a table differs by more than it', async () => {
    for (const sequence of [1, 2, 3]) await insert(sequence)
    await store.admin.command('TRUNCATE TABLE headwater.zones_1h')
    expect(await settle(3)).toEqual(['unclear zones_1h'])
    expect(await sums()).toEqual({ ...all(3), zones_1h: 0 })
  })
})
