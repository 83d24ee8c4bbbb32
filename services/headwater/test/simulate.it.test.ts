import { join } from 'node:path'
import { startTestKafka, type TestKafka } from '@headwater/bus/testing'
import { truthQuery } from '@headwater/simulate'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fleetEnv } from './support/fleet-env.js'
import { eventually, lastWords, type Running, run, skip, start, temporaryFolder } from './support/headwater.js'
import { hasJava } from './support/java.js'
import { startReplica } from './support/replica.js'

interface Told {
  run: string
  rows: number
  counted_bytes: number
  rows_skipped: number
}

const reason = hasJava() ? undefined : 'Kafka needs Java 17 and Maven'

describe.skipIf(skip('a simulated fleet over Kafka', reason))('headwater simulate', () => {
  const folder = temporaryFolder()
  const running: Running[] = []
  let kafka: TestKafka
  let store: TestStore
  let env: Record<string, string>

  beforeAll(async () => {
    ;[kafka, store] = await Promise.all([startTestKafka(), startTestStore()])
    env = fleetEnv(kafka.brokers, store, join(folder.path, 'data'))
    running.push(await startReplica('one', env))
  })
  afterAll(async () => {
    await Promise.all(running.map((r) => r.stop()))
    await store?.stop()
    await kafka?.stop()
    folder.remove()
  })

  /** What the last line says, and what is in the store of that run once all of it is. */
  async function checked({ stdout, code }: { stdout: string; code: unknown }) {
    const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Told
    const sums = async () => {
      const prefix = `simulated-${told.run}-`
      const { columns } = await store.query.query<Record<string, unknown[]>>(truthQuery, { prefix })
      return Object.fromEntries(Object.entries(columns).map(([name, [value]]) => [name, value]))
    }
    const { run: id, rows_skipped, ...truth } = told
    await eventually('all rows', async () => ((await sums()).rows === told.rows ? true : undefined), 30_000).catch(
      () => undefined,
    )
    expect({ code, ...(await sums()) }, lastWords(running)).toEqual({ code: 0, ...truth })
    return { id, told, rows_skipped }
  }

  it('puts on the bus what it says, and all of it comes out, once', async () => {
    const ended = await run(['simulate', '--nodes', '5', '--flows-per-second', '2000', '--duration', '4s'], { env })
    const { id, told, rows_skipped } = await checked(ended)
    expect(told.rows + rows_skipped).toBeGreaterThan(7000)
    // The rollup takes a block a moment after `flows`.
    const rolledUp = async () => {
      const { columns } = await store.query.query<{ bytes: number[] }>(
        `SELECT sum(client_to_server_bytes + server_to_client_bytes) AS bytes FROM edges_1m WHERE cluster = 'simulated' AND counted`,
      )
      return columns.bytes[0]
    }
    await expect.poll(rolledUp).toBe(told.counted_bytes)
    // Ingest reads who is who beside the rows: the first ones may be there before. A server's row may come before its client's.
    const named = await store.query.query<{ n: number[] }>(
      `SELECT count() AS n FROM flows WHERE startsWith(instance, {prefix:String}) AND side = 'client' AND NOT startsWith(remote_service, 'service-')
         AND time > (SELECT min(time) + INTERVAL 2 SECOND FROM flows WHERE startsWith(instance, {prefix:String}))`,
      { prefix: `simulated-${id}-` },
    )
    expect(named.columns.n).toEqual([0])
  })

  it('ends with Ctrl-C, and says what the bus took', async () => {
    const started = start(['simulate', '--nodes', '2', '--flows-per-second', '500'], { env })
    running.push(started)
    await eventually('its first words', () =>
      /none of this traffic is real/.test(started.stderr()) ? true : undefined,
    )
    await eventually('some batches', async () => {
      const { columns } = await store.query.query<{ n: number[] }>('SELECT uniqExact(instance) AS n FROM flows')
      return (columns.n[0] ?? 0) > 5 ? true : undefined
    })
    const code = await started.stop()
    await checked({ stdout: started.stdout(), code })
    const said = async () => {
      const { columns } = await store.query.query<{ stopping: number[] }>(
        "SELECT max(stopping) AS stopping FROM nodes WHERE version = 'simulated' GROUP BY instance",
      )
      return columns.stopping
    }
    await expect.poll(said).toEqual(Array.from({ length: 7 }, () => 1))
  })

  it.each([
    ['--nodes', '0'],
    ['--flows-per-second', 'many'],
    ['--duration', '5'],
  ])('refuses %s %s, saying what it takes', async (flag, value) => {
    const { code, stderr } = await run(['simulate', flag, value], { env })
    expect(code).toBe(2)
    expect(stderr).toContain(flag)
    expect(stderr).toContain('It takes')
  })
})
