import { describe, expect, it, onTestFinished } from 'vitest'
import { blockTables } from '../doubt/block.js'
import { encodeFlows } from '../native/tables.js'
import {
  blockSums,
  cutRecord,
  flowBlock,
  keepNeither,
  keepTokenOnly,
  startTestStore,
  temporaryFolder,
} from '../testing/index.js'

const now = Date.now()
const blockOf = (sequence: bigint): Uint8Array => encodeFlows([flowBlock([{ sequence, tx_bytes: 5n }], now)])

const all = (n: number) => ({ flows: n, edges_1m: n, edges_1h: n, zones_1h: 5 * n, batches: n })

/** Two blocks, of which the second was interrupted; then the start after it, its retry, and one block more. */
async function interrupted(leave: (dataDir: string) => Promise<void>): Promise<unknown[]> {
  const { path: dataDir, remove } = await temporaryFolder()
  onTestFinished(remove)
  const first = await startTestStore({ dataDir })
  for (const [i, token] of ['a', 'b'].entries()) await first.ingest.insertNative('flows', blockOf(BigInt(i)), { token })
  await first.stop()
  await leave(dataDir)
  const second = await startTestStore({ dataDir })
  onTestFinished(second.stop)
  const sums = []
  for (const [i, token] of [
    [1, 'b'],
    [0, 'a'],
    [2, 'c'],
    [1, 'b'],
  ] as const) {
    await second.ingest.insertNative('flows', blockOf(BigInt(i)), { token })
    sums.push(await blockSums(second.query))
  }
  return sums
}
const healed = [all(2), all(2), all(3), all(3)]

describe('a block whose insert was interrupted by a kill, inserted again', () => {
  it.each(blockTables)(
    'gets into %s, where its token was noted already and its part not in place yet',
    async (table) => {
      const at = blockTables.indexOf(table)
      const sums = await interrupted(async (dataDir) => {
        await keepTokenOnly(dataDir, table)
        for (const later of blockTables.slice(at + 1)) await keepNeither(dataDir, later)
      })
      expect(sums).toEqual(healed)
    },
  )

  it.each(blockTables)('is in %s once, where a kill of another server left a token alone only there', async (table) => {
    expect(await interrupted((dataDir) => keepTokenOnly(dataDir, table))).toEqual(healed)
  })

  it('is known again after it was merged, and after its log lost the end of a record', async () => {
    const sums = await interrupted(async (dataDir) => {
      const server = await startTestStore({ dataDir })
      for (const table of blockTables) await server.admin.command(`OPTIMIZE TABLE headwater.${table} FINAL`)
      await server.stop()
      for (const table of blockTables) await cutRecord(dataDir, table)
    })
    expect(sums).toEqual(healed)
  })
})
