// What it costs to bring flows from Kafka into the store: CPU of ingest and of the server per row, bytes on the bus and on disk.
// npm run bench -- ingest [--rows N (of each of the two phases)] [--nodes N] [--workloads N] [--batch N] [--idle-seconds N]
//   [--partitions N (of each of 4 topics)] [--node-flags='--a --b' (for ingest)]

import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createKafkaProducer } from '@headwater/bus'
import { topics } from '@headwater/contracts'
import { cpuSeconds, memoryKib } from '@headwater/contracts/testing'
import { Fleet } from '@headwater/simulate'
import { memoryLogger } from '@headwater/store/testing'
import { diskUse, insertSelect } from './ingest/disk.ts'
import { follow, phaseFigures, rounded, spread } from './ingest/phase.ts'
import { startSetting } from './ingest/setting.ts'
import { Source } from './ingest/source.ts'

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    nodes: { type: 'string', default: '100' },
    workloads: { type: 'string', default: '2000' },
    batch: { type: 'string', default: '500' },
    'node-flags': { type: 'string', default: '' },
    partitions: { type: 'string', default: '12' },
    'idle-seconds': { type: 'string', default: '10' },
  },
})
const rows = Number(flags.rows)
const nodes = Number(flags.nodes)
/** Flow time of all rows, ms. */
const SPAN_MS = 240_000
const say = (text: string) => process.stderr.write(`${text}\n`)

const setting = await startSetting(
  flags['node-flags'].split(' ').filter((flag) => flag !== ''),
  Number(flags.partitions),
)
try {
  const { store, kafka, storePid } = setting
  let ingest = await setting.startIngest()
  const fleet = new Fleet({ nodes, workloads: Number(flags.workloads), started: Date.now() - 600_000 })
  const producer = createKafkaProducer({ brokers: kafka.brokers, logger: memoryLogger() })
  await producer.start()
  await wait(3000)
  const idleFrom = cpuSeconds(ingest.pid)
  await wait(Number(flags['idle-seconds']) * 1000)
  const idle = (cpuSeconds(ingest.pid) - idleFrom) / Number(flags['idle-seconds'])
  say(`idle, ${flags.partitions} partitions of 4 topics: ${rounded(idle * 100)} % of a core`)

  await producer.publish([...fleet.endpoints(), ...fleet.heartbeats(Date.now())])
  const source = new Source(fleet, producer, {
    perTick: Number(flags.batch) * nodes,
    from: Date.now() - SPAN_MS - 60_000,
    rowMs: SPAN_MS / (2 * rows),
  })
  const stored = () => setting.rowsStored()
  const cpu = () => ({ ingest: cpuSeconds(ingest.pid), store: cpuSeconds(storePid) })
  say('live: flows come as fast as they are made, on the same machine')
  const making = source.make(rows)
  const live = await follow(rows, stored, cpu, say)
  await making
  const liveRss = Math.round(memoryKib(ingest.pid, 'VmHWM') / 1000)
  const liveInserts = await setting.inserts()

  say('behind: flows that have gathered on the bus while ingest was away, and no more are made')
  await ingest.stop()
  await source.make(rows)
  ingest = await setting.startIngest()
  const behind = await follow(rows, async () => (await stored()) - rows, cpu, say)
  const behindRss = Math.round(memoryKib(ingest.pid, 'VmHWM') / 1000)
  const behindInserts = (await setting.inserts()).filter(({ token }) => !liveInserts.some((one) => one.token === token))
  const bus = setting.topicBytes(topics.flows)
  const disk = await diskUse(store)
  const limitRows = Math.floor(rows / 5)
  const limit = spread(
    (await insertSelect(store, limitRows, 5, () => cpuSeconds(storePid))).map((s) => (s * 1e6) / limitRows),
  )
  const made = source.rows
  const phases = {
    live: phaseFigures(live, limit, liveInserts, liveRss),
    behind: phaseFigures(behind, limit, behindInserts, behindRss),
  }

  say(`\nINSERT SELECT of the same rows, by ${limitRows}: ${limit.p50} us of CPU a flow`)
  for (const [name, of] of Object.entries(phases)) {
    say(`${name}: us of CPU a flow: ingest ${of.ingest_us_per_flow}, store ${of.store_us_per_flow}`)
    say(
      `${name}: ${of.inserts} inserts, rows in each: ${JSON.stringify(of.rows_per_insert)}; ${of.flows_per_second} flows/s, ingest at ${of.ingest_rss_mb} MB at most`,
    )
  }
  say(
    `bytes per flow: bus ${bus === undefined ? 'unknown' : rounded(bus / made)} (Arrow ${rounded(source.bytes / made)}), disk ${disk.bytesPerRow}`,
  )
  for (const { column, bytes_per_row } of disk.columns.slice(0, 10)) say(`  ${column}: ${bytes_per_row}`)
  say(
    'others, as they tell: Kafka to ClickHouse by GlassFlow 51,000 events/s on 11.6 cores (227 us each); flowlogs-pipeline with two look-ups and',
  )
  say(
    'an aggregation 198,000 flows/s on a core (5.1 us); Akvorado 100,000 flows/s on 24 vCPUs (at most 240 us); ntop about 60 B a flow on disk',
  )
  const figures = {
    rows: made,
    batch_rows: Number(flags.batch),
    columns: disk.columns.length,
    workloads: Number(flags.workloads),
    insert_select_us_per_flow: limit,
    ...phases,
    bus_bytes_per_flow: bus === undefined ? null : rounded(bus / made),
    arrow_bytes_per_flow: rounded(source.bytes / made),
    disk_bytes_per_flow: disk.bytesPerRow,
    disk_columns: disk.columns,
    partitions: Number(flags.partitions),
    idle_percent_of_core: rounded(idle * 100),
  }
  console.log(JSON.stringify({ bench: 'ingest', ...figures }))
  await producer.stop()
} finally {
  await setting.stop()
}
