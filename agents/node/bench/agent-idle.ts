// What the agent costs on this machine as it is: the real probe, a bus that takes everything. Flags: seconds (default 60).
// Needs root. Last line: one JSON object.
import { readFileSync } from 'node:fs'
import { createAgent } from '@headwater/agent-node'
import type { BusMessage, BusProducer, Logger } from '@headwater/contracts'

const seconds = Number(process.argv[2] ?? 60)
const TICKS_PER_SECOND = 100

/** utime + stime of this process in seconds: fields 14 and 15 of /proc/self/stat. */
function cpuSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

const kilobytes = (file: string, key: string): number =>
  Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'latin1'))?.[1] ?? 0)

let messages = 0
let bytes = 0
const producer: BusProducer = {
  start: async () => {},
  publish: async (published: readonly BusMessage[]) => {
    messages += published.length
    for (const m of published) bytes += m.value.byteLength
  },
  stop: async () => {},
}
const silent = () => {}
const log = (message: string, fields?: unknown) => console.error(message, fields ?? '')
const logger: Logger = { debug: silent, info: log, warn: log, error: log, child: () => logger }

const agent = createAgent({
  identity: { cluster: 'bench', node: 'bench', realm: 'bench', zone: '', region: '' },
  version: 'bench',
  profile: 'standard',
  producer,
  selfPids: () => new Set([process.pid]),
  logger,
})
await agent.start()
await new Promise((r) => setTimeout(r, 5000))
const before = { cpu: cpuSeconds(), at: performance.now(), rows: agent.status().produced.rows }
await new Promise((r) => setTimeout(r, seconds * 1000))
const elapsed = (performance.now() - before.at) / 1000
const result = {
  bench: 'agent-idle',
  seconds: Math.round(elapsed),
  cpu_percent_of_a_core: Number((((cpuSeconds() - before.cpu) / elapsed) * 100).toFixed(2)),
  rss_mb: Math.round(kilobytes('/proc/self/status', 'VmRSS') / 1024),
  pss_mb: Math.round(kilobytes('/proc/self/smaps_rollup', 'Pss') / 1024),
  rows: agent.status().produced.rows - before.rows,
  messages,
  bytes,
  connections: agent.status().connections,
  listeners: agent.status().listeners,
}
await agent.stop()
console.log(JSON.stringify(result))
