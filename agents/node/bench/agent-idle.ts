// What the agent costs on this machine as it is: the real probe, a bus that takes everything. Flags: seconds (default 60).
// Needs root. Last line: one JSON object.
import { createAgent } from '@headwater/agent-node'
import type { BusMessage, BusProducer, Logger } from '@headwater/contracts'
import { cpuSeconds, memoryKib } from '@headwater/contracts/testing'

const seconds = Number(process.argv[2] ?? 60)

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
const before = { cpu: cpuSeconds(process.pid), at: performance.now(), rows: agent.status().produced.rows }
await new Promise((r) => setTimeout(r, seconds * 1000))
const elapsed = (performance.now() - before.at) / 1000
const result = {
  bench: 'agent-idle',
  seconds: Math.round(elapsed),
  cpu_percent_of_a_core: Number((((cpuSeconds(process.pid) - before.cpu) / elapsed) * 100).toFixed(2)),
  rss_mb: Math.round(memoryKib(process.pid, 'VmRSS') / 1024),
  pss_mb: Math.round(memoryKib(process.pid, 'Pss') / 1024),
  rows: agent.status().produced.rows - before.rows,
  messages,
  bytes,
  connections: agent.status().connections,
  listeners: agent.status().listeners,
}
await agent.stop()
console.log(JSON.stringify(result))
