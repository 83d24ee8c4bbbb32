import { setTimeout as wait } from 'node:timers/promises'
import { BusError, type BusMessage, type BusProducer, decodeFlowBatch } from '@headwater/contracts'
import type { StoreClient } from '@headwater/store'
import { expect } from 'vitest'
import type { SyntheticFleet } from '../src/testing/index.js'

export { publishUntilTaken, silentLogger } from '@headwater/bus/testing'

/** Resolves when the condition holds. @throws Error that names what did not happen */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 45_000,
): Promise<void> {
  for (const since = Date.now(); !(await condition()); await wait(50))
    if (Date.now() - since > limitMs) throw new Error(`after ${limitMs} ms still not: ${what}`)
}

export async function one(store: StoreClient, sql: string): Promise<Record<string, unknown>> {
  const { columns } = await store.query(sql)
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[0]]))
}

/** Rows of flows, of one cluster or of all. */
export const stored = async (store: StoreClient, cluster = ''): Promise<number> =>
  Number((await one(store, `SELECT count() AS n FROM flows WHERE '' = '${cluster}' OR cluster = '${cluster}'`)).n)

/** The raw table and the rollups both hold exactly what was sent from this cluster. */
export async function expectTruth(store: StoreClient, { cluster, truth }: SyntheticFleet): Promise<void> {
  const { counted_bytes, rows, connects, accepts, tx_bytes, rx_bytes } = truth
  const sum = (columns: string, rest: string) =>
    one(store, `SELECT ${columns} FROM ${rest.replace('OURS', `cluster = '${cluster}'`)}`)
  const totals = (...names: string[]) => names.map((name) => `sum(${name}) AS ${name}`).join(', ')
  const raw = await sum(`count() AS rows, ${totals('connects', 'accepts', 'tx_bytes', 'rx_bytes')}`, 'flows WHERE OURS')
  expect(raw).toEqual({ rows, connects, accepts, tx_bytes, rx_bytes })
  const bytes = 'sum(client_to_server_bytes + server_to_client_bytes) AS bytes'
  const rollup = await sum(`${totals('rows', 'connects', 'accepts')}, ${bytes}`, 'edges_1m WHERE OURS')
  expect(rollup).toEqual({ rows, connects, accepts, bytes: tx_bytes + rx_bytes })
  expect(await sum(`${totals('rows', 'connects', 'accepts')}, ${bytes}`, 'edges_1h WHERE OURS')).toEqual(rollup)
  const zones = `zones_1h WHERE '${cluster}' IN (client_cluster, server_cluster)`
  expect(await sum(`${totals('connects')}, ${bytes}`, zones)).toEqual({ connects, bytes: tx_bytes + rx_bytes })
  const batches = await sum(
    'sum(rows) AS rows, count() - uniqExact(instance, sequence) AS copies',
    'batches WHERE OURS',
  )
  expect(batches).toEqual({ rows, copies: 0 })
  const counted = { bytes: counted_bytes }
  expect(await sum('sum(tx_bytes + rx_bytes) AS bytes', 'flows WHERE OURS AND counted')).toEqual(counted)
  for (const rollup of ['edges_1m WHERE OURS', 'edges_1h WHERE OURS', zones])
    expect(await sum(bytes, `${rollup} AND counted`)).toEqual(counted)
}

/** Does some work while the store refuses rows of a table that are older than some time (Unix ms). */
export async function refusingOlder(
  admin: StoreClient,
  table: string,
  than: number,
  work: () => Promise<void>,
): Promise<void> {
  const on = `ALTER TABLE headwater.${table}`
  await admin.command(`${on} ADD CONSTRAINT not_older CHECK time >= fromUnixTimestamp64Milli(${than})`)
  try {
    await work()
  } finally {
    await admin.command(`${on} DROP CONSTRAINT not_older`)
  }
}

/** Where letters go, which is away until some time (Unix ms). */
export class AwayLetters implements BusProducer {
  readonly taken: BusMessage[] = []
  /** Times that letters were not taken. */
  refused = 0

  constructor(readonly until: number) {}

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async publish(messages: readonly BusMessage[]): Promise<void> {
    if (Date.now() < this.until) this.refused++
    if (Date.now() < this.until) throw new BusError('unavailable', 'no letters are taken')
    this.taken.push(...messages)
  }

  /** Rows of flows in them. */
  get rows(): number {
    return this.taken.reduce((sum, { value }) => sum + decodeFlowBatch(value).rows, 0)
  }
}
