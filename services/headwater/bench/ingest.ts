// What it costs to bring flows from Kafka into the store: CPU of ingest and of the server per row, bytes on the bus and on disk.
// npm run bench -- ingest [--rows N] [--nodes N] [--workloads N] [--batch N] [--idle-seconds N]
//   [--partitions N (of each of 4 topics)] [--node-flags='--a --b' (for ingest)]

import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createKafkaProducer } from '@headwater/bus'
import { topics } from '@headwater/contracts'
import { Fleet } from '@headwater/simulate'
import { memoryLogger } from '@headwater/store/testing'
import { cpuSeconds, memoryMb } from './ingest/cpu.ts'
import { diskUse, insertSelect } from './ingest/disk.ts'
import { startSetting } from './ingest/setting.ts'

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
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
const perTick = Number(flags.batch) * nodes
/** Of all rows, those before are the warm-up. */
const WARM = 0.2

const say = (text: string) => process.stderr.write(`${text}\n`)
const rounded = (value: number) => Math.round(value * 100) / 100

function spread(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number)
  return { min: at(0), p50: at(0.5), max: at(1) }
}

const setting = await startSetting(
  flags['node-flags'].split(' ').filter((flag) => flag !== ''),
  Number(flags.partitions),
)
try {
  const { store, kafka, storePid } = setting
  const ingest = await setting.startIngest()
  const fleet = new Fleet({ nodes, workloads: Number(flags.workloads), started: Date.now() - 600_000 })
  const producer = createKafkaProducer({ brokers: kafka.brokers, logger: memoryLogger() })
  await producer.start()
  await wait(3000)
  const idleFrom = cpuSeconds(ingest.pid)
  await wait(Number(flags['idle-seconds']) * 1000)
  const idle = (cpuSeconds(ingest.pid) - idleFrom) / Number(flags['idle-seconds'])
  say(`idle, ${flags.partitions} partitions of 4 topics: ${rounded(idle * 100)} % of a core`)

  await producer.publish([...fleet.endpoints(), ...fleet.heartbeats(Date.now())])
  let made = 0
  let raw = 0
  const from = Date.now() - 300_000
  const produce = async () => {
    while (made < rows) {
      const ms = Math.round(from + (made / rows) * 240_000)
      const batches = fleet.traffic(Math.min(perTick, rows - made), ms, ms + 1000)
      for (const { truth, message } of batches) {
        made += truth.rows
        raw += message.value.byteLength
      }
      for (let i = 0; i < batches.length; i += 32)
        await producer.publish(batches.slice(i, i + 32).map((b) => b.message))
    }
  }
  const producing = produce()
  /** Rows stored and CPU so far, ten times over the way. */
  const marks: { rows: number; ingest: number; store: number; at: number }[] = []
  for (let done = false; !done; ) {
    await wait(250)
    const out = await setting.rowsStored()
    done = made >= rows && out >= made
    if (!done && out < rows * (WARM + ((1 - WARM) * marks.length) / 10)) continue
    marks.push({ rows: out, ingest: cpuSeconds(ingest.pid), store: cpuSeconds(storePid), at: performance.now() })
    say(`${out} rows stored`)
  }
  await producing
  const steps = marks.slice(1).map((mark, i) => ({ mark, before: marks[i] as (typeof marks)[number] }))
  const per = (of: 'ingest' | 'store') =>
    steps
      .filter(({ mark, before }) => mark.rows > before.rows)
      .map(({ mark, before }) => ((mark[of] - before[of]) * 1e6) / (mark.rows - before.rows))
  const [first, last] = [marks[0] as (typeof marks)[number], marks.at(-1) as (typeof marks)[number]]
  const whole = (of: 'ingest' | 'store') => rounded(((last[of] - first[of]) * 1e6) / (last.rows - first.rows))
  const highest = memoryMb(ingest.pid, 'VmHWM')
  const { columns: inserts } = await store.admin.query<{ rows: number[] }>(
    'SELECT sum(rows) AS rows FROM headwater.batches GROUP BY token',
  )
  const bus = setting.topicBytes(topics.flows)
  const disk = await diskUse(store)
  const limit = await insertSelect(store, Math.floor(made / 5), 5, () => cpuSeconds(storePid))
  const limitPer = spread(limit.map((s) => (s * 1e6) / Math.floor(made / 5)))

  say(
    `\nper flow, us of CPU: ingest ${whole('ingest')}, store ${whole('store')}; INSERT SELECT of the same rows ${limitPer.p50}`,
  )
  say(
    `bytes per flow: bus ${bus === undefined ? 'unknown' : rounded(bus / made)} (Arrow ${rounded(raw / made)}), disk ${disk.bytesPerRow}`,
  )
  say(`${inserts.rows.length} inserts, rows in each: ${JSON.stringify(spread(inserts.rows))}`)
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
    ingest_us_per_flow: whole('ingest'),
    ingest_us_per_flow_spread: spread(per('ingest')),
    store_us_per_flow: whole('store'),
    store_us_per_flow_spread: spread(per('store')),
    insert_select_us_per_flow: limitPer,
    ingest_to_limit: rounded(whole('ingest') / limitPer.p50),
    store_to_limit: rounded(whole('store') / limitPer.p50),
    flows_per_second: Math.round(((last.rows - first.rows) * 1000) / (last.at - first.at)),
    inserts: inserts.rows.length,
    rows_per_insert: spread(inserts.rows),
    bus_bytes_per_flow: bus === undefined ? null : rounded(bus / made),
    arrow_bytes_per_flow: rounded(raw / made),
    disk_bytes_per_flow: disk.bytesPerRow,
    disk_columns: disk.columns,
    ingest_rss_mb: highest,
    partitions: Number(flags.partitions),
    idle_percent_of_core: rounded(idle * 100),
  }
  console.log(JSON.stringify({ bench: 'ingest', ...figures }))
  await producer.stop()
} finally {
  await setting.stop()
}
