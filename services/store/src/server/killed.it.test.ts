import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { encodeFlows } from '../native/tables.js'
import { migrate } from '../schema/migrate.js'
import { connectStore } from '../store.js'
import { blockSums, brittleLauncher, flowBlock, memoryLogger, temporaryFolder } from '../testing/index.js'
import { EmbeddedServer } from './embedded.js'

const logger = memoryLogger()

describe('a server that is killed between noting a block and putting it in place', () => {
  it('takes the block again, whichever table it was at', { timeout: 60_000 }, async () => {
    const { path, remove } = await temporaryFolder()
    onTestFinished(remove)
    const { launcher, killAt } = await brittleLauncher(path)
    const dataDir = join(path, 'data')
    const server = new EmbeddedServer({ dataDir, logger, launcher })
    onTestFinished(() => server.stop())
    await server.start()
    const [admin, ingest] = (['admin', 'ingest'] as const).map((role) => connectStore({ dataDir }, { role, logger }))
    if (!admin || !ingest) throw new Error('no clients')
    onTestFinished(async () => {
      for (const client of [admin, ingest]) await client.close()
    })
    await migrate({ client: admin, logger })
    let failed = 0
    const insert = async (sequence: number) => {
      const bytes = encodeFlows([flowBlock([{ sequence: BigInt(sequence), tx_bytes: 1n }])])
      for (const end = Date.now() + 20_000; Date.now() < end; await sleep(20)) {
        const error = await ingest.insertNative('flows', bytes, { token: `t${sequence}` }).catch((caught) => caught)
        if (error === undefined) return
        failed++
      }
      throw new Error(`not taken: ${sequence}`)
    }
    // One insert puts a part in place in each of the five tables.
    for (let at = 1; at <= 5; at++) {
      const { restartCount } = server
      await killAt(at)
      await insert(at)
      // A server takes blocks a moment before it counts as up.
      await expect.poll(() => server.restartCount, { timeout: 5000 }).toBe(restartCount + 1)
      expect(await blockSums(ingest)).toEqual({ flows: at, edges_1m: at, edges_1h: at, zones_1h: at, batches: at })
    }
    expect(failed).toBeGreaterThanOrEqual(5)
    expect(logger.lines.filter((line) => /^debug .*noted but not in place/.test(line)).length).toBe(5)
  })
})
