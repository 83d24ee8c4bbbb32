// The agent in a process of its own, as in production, for the benchmarks: takes orders over IPC. Argument: HostOptions as JSON.
// Runs from build/bench, beside dist.
import { readFileSync } from 'node:fs'
import type { BusProducer, Logger } from '@headwater/contracts'
import { keepYoungGenerationSmall } from '@headwater/contracts/memory'
import type { KernelObject, Profile } from '@headwater/native'

/** How far records go: nowhere (they stay in the ring until a walk), into columns, into Arrow batches, over the local bus. */
export type Sink = 'none' | 'columns' | 'arrow' | 'bus'

export interface HostOptions {
  profile: Profile
  sink: Sink
  /** Of the local bus, for sink bus. */
  socketPath?: string
  /** For sink none. Default: all. */
  namespaces?: readonly string[]
}

export interface Usage {
  cpu_us: number
  /** Taken from the ring's programs so far: the kernel's counters. */
  records: number
  lost: number
  connections: number
}

export interface Resident {
  rss_kb: number
  /** Of rss: what is this process's own, and what is mapped from files (the runtime itself, above all). */
  anonymous_kb: number
  file_kb: number
  pss_kb: number
}

export interface Walk {
  cpu_us: number
  ms: number
  records: number
}

keepYoungGenerationSmall()
const [{ createAgent }, { createLocalProducer }, { createProbe }] = await Promise.all([
  import('@headwater/agent-node'),
  import('@headwater/bus/local-producer'),
  import('@headwater/native'),
])

const { profile, sink, socketPath = '', namespaces } = JSON.parse(process.argv[2] ?? '{}') as HostOptions
const load = async <M>(path: string) => (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as M

const identity = { cluster: 'bench', node: 'bench', realm: 'bench', zone: '', region: '' }
const common = { identity, version: 'bench', profile }
const silent = () => {}
const say = (message: string, fields?: unknown) => console.error(`agent: ${message}`, fields ?? '')
const logger: Logger = { debug: silent, info: silent, warn: say, error: say, child: () => logger }
const selfPids = () => new Set([process.pid])

const probe = createProbe({ logger, profile, ...(namespaces === undefined ? {} : { namespaces }) })

interface Running {
  connections: () => number
  stop: () => Promise<void>
}

async function whole(producer: BusProducer): Promise<Running> {
  const agent = createAgent({ ...common, probe, producer, selfPids, logger })
  await agent.start()
  return { connections: () => agent.status().connections, stop: () => agent.stop() }
}

/** The agent's own loop and pipeline, with rows that go no further than the columns of the batch to come. */
async function columns(): Promise<Running> {
  const { Pipeline } = await load<typeof import('../../src/pipeline.js')>('pipeline.js')
  const { Loop } = await load<typeof import('../../src/loop.js')>('loop.js')
  const { Tally } = await load<typeof import('../../src/report/tally.js')>('report/tally.js')
  const { FlowBuffer } = await load<typeof import('../../src/columns/flow-buffer.js')>('columns/flow-buffer.js')
  const buffer = new FlowBuffer()
  class ColumnsOnly extends Pipeline {
    override flush(): void {
      buffer.clear()
    }
  }
  const pipeline = new ColumnsOnly({
    ...common,
    buffer,
    instance: 'bench',
    maxConnections: 262_144,
    selfPids,
    tally: new Tally(),
    send: () => {},
    connected: () => true,
  })
  const loop = new Loop({
    probe,
    pipeline,
    interfaces: async () => [],
    intervalMs: 5000,
    flushMs: 500,
    reportMs: 10_000,
    logger,
    report: () => {},
    onFailed: (error) => {
      throw error
    },
  })
  await probe.open()
  loop.start()
  return {
    connections: () => pipeline.connections.size,
    stop: async () => {
      await loop.stop(0)
      await probe.close()
    },
  }
}

async function bare(): Promise<Running> {
  await probe.open()
  drain()
  return { connections: () => 0, stop: () => probe.close() }
}

function drain(): number {
  let records = 0
  for (let taken = probe.consume(); taken !== undefined; taken = probe.consume()) records += taken.length
  while (probe.consumeDns() !== undefined) {}
  return records
}

const nowhere: BusProducer = { start: async () => {}, publish: async () => {}, stop: async () => {} }
const starters: Record<Sink, () => Promise<Running>> = {
  none: bare,
  columns,
  arrow: () => whole(nowhere),
  bus: () => whole(createLocalProducer({ socketPath, logger })),
}

const kilobytes = (file: string, key: string): number =>
  Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'latin1'))?.[1] ?? 0)

function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Cheap: asking is in the figures. */
function usage(): Usage {
  const counters = Object.entries(probe.counters())
  const sum = (prefix: string) => counters.reduce((n, [name, count]) => (name.startsWith(prefix) ? n + count : n), 0)
  return {
    cpu_us: cpuUs(),
    records: sum('records_'),
    lost: sum('ring_full_'),
    connections: running.connections(),
  }
}

/** Not cheap: the kernel goes through all pages for it. */
function resident(): Resident {
  return {
    rss_kb: kilobytes('/proc/self/status', 'VmRSS'),
    anonymous_kb: kilobytes('/proc/self/status', 'RssAnon'),
    file_kb: kilobytes('/proc/self/status', 'RssFile'),
    pss_kb: kilobytes('/proc/self/smaps_rollup', 'Pss'),
  }
}

/** A walk with nothing else going on in this process: its CPU is the native thread's. */
async function walk(): Promise<Walk> {
  const before = { cpu: cpuUs(), at: performance.now() }
  const walking = probe.walk()
  // A walk that fills its half of the ring waits for the reader.
  let records = 0
  const reader = setInterval(() => {
    records += drain()
  }, 5)
  await walking
  const [cpu_us, ms] = [cpuUs() - before.cpu, performance.now() - before.at]
  clearInterval(reader)
  return { cpu_us, ms, records: records + drain() }
}

const inventory = (): KernelObject[] => probe.inventory()
const capabilities = () => probe.capabilities().map(({ name, ok, reason }) => ({ name, ok, reason }))
const running = await starters[sink]()
const orders: Record<string, () => unknown> = {
  usage,
  resident,
  inventory,
  capabilities,
  walk,
  stop: async () => {
    await running.stop()
    process.disconnect()
  },
}
process.on('message', async ({ call, order }: { call: number; order: string }) => {
  const result = await orders[order]?.()
  if (process.connected) process.send?.({ call, result })
})
// The bench has ended otherwise than by `stop`.
process.on('disconnect', () => process.exit(0))
process.send?.({ call: 0 })
