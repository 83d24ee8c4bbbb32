// An agent in a process of its own, to be killed: agent.mjs NAMESPACE... Says what its probe holds in the kernel once it has told of traffic.
import { createAgent } from '@headwater/agent-node'
import { createProbe } from '@headwater/native'

const namespaces = process.argv.slice(2)
const probe = createProbe({ namespaces, profile: 'full' })
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const logger = { ...silent, child: () => logger }
const agent = createAgent({
  identity: { cluster: 'test', node: 'killed', realm: 'test', zone: '', region: '' },
  version: '0',
  profile: 'full',
  intervalMs: 200,
  flushMs: 50,
  reportMs: 1000,
  namespaces,
  probe,
  producer: { start: async () => {}, publish: async () => {}, stop: async () => {} },
  selfPids: () => new Set(),
  logger,
})
await agent.start()
process.on('disconnect', () => process.exit())
setInterval(() => {
  const { rows, batches } = agent.status().produced
  if (rows > 0)
    process.send({ rows, batches, inventory: probe.inventory().map(({ type, id, name }) => ({ type, id, name })) })
}, 50)
