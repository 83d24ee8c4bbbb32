// CPU of the embedded server per insert into `flows`, with all that derives from it: `node bench/insert.ts`, after a build.
import { cpuSeconds } from '@headwater/contracts/testing'
import { encodeFlows } from '../dist/native/tables.js'
import { type FlowRow, flowBlock, startTestStore } from '../dist/testing/index.js'

const services = Array.from({ length: 12 }, (_, i) => `service-${i}`)

/** Rows as an agent's batch has them: a dozen services, each end with its place. */
const rowsOf = (count: number, batch: number, now: number): FlowRow[] =>
  Array.from({ length: count }, (_, i) => ({
    time: now - (i % 50),
    sequence: BigInt(batch),
    instance: `instance-${batch % 6}`,
    local_port: 30_000 + i,
    local_service: services[i % 12] as string,
    remote_service: services[(i * 7 + 1) % 12] as string,
    side: i % 2 === 0 ? 'client' : 'server',
    counted: (i + 1) % 2,
    tx_bytes: BigInt(i * 100),
    rx_bytes: BigInt(i * 10),
    connects: 1,
    connect_us: 100 + i,
    srtt_us: 200 + i,
  }))

const server = await startTestStore()
try {
  const pid = server.store.server?.pid as number
  let batch = 0
  const figures: Record<string, number> = {}
  for (const count of [50, 500]) {
    const inserts = 150
    const insert = async () => {
      const block = flowBlock(rowsOf(count, ++batch, Date.now()))
      const bytes = encodeFlows([block])
      await server.ingest.insertNative('flows', bytes, { token: `t:${batch}` })
    }
    for (let i = 0; i < 30; i++) await insert()
    const before = cpuSeconds(pid)
    for (let i = 0; i < inserts; i++) await insert()
    figures[`cpu_ms_per_insert_of_${count}`] = Math.round(((cpuSeconds(pid) - before) / inserts) * 1e5) / 100
  }
  console.log(JSON.stringify({ bench: 'insert', ...figures }))
} finally {
  await server.stop()
}
