import type { AgentStatus } from '@headwater/agent-node'
import { type Family, metricsText } from '@headwater/contracts/metrics'

/** An agent about itself, as Prometheus text. */
export function agentMetrics(status: AgentStatus): string {
  const plain = (value: number) => [{ labels: {}, value }]
  const families: Family[] = [
    {
      name: 'headwater_agent_up',
      type: 'gauge',
      help: '1 while the agent observes',
      samples: plain(status.state === 'running' ? 1 : 0),
    },
    {
      name: 'headwater_agent_bus_connected',
      type: 'gauge',
      help: '1 where the bus took the last message',
      samples: plain(status.connected ? 1 : 0),
    },
    {
      name: 'headwater_agent_rows_total',
      type: 'counter',
      help: 'Flow rows produced',
      samples: plain(status.produced.rows),
    },
    {
      name: 'headwater_agent_batches_total',
      type: 'counter',
      help: 'Flow batches produced',
      samples: plain(status.produced.batches),
    },
    {
      name: 'headwater_agent_dropped_total',
      type: 'counter',
      help: 'What was dropped, by reason',
      samples: Object.entries(status.dropped).map(([reason, value]) => ({ labels: { reason }, value })),
    },
    {
      name: 'headwater_agent_waiting_bytes',
      type: 'gauge',
      help: 'Messages that wait for the bus',
      samples: plain(status.waiting.bytes),
    },
    {
      name: 'headwater_agent_connections',
      type: 'gauge',
      help: 'Live connections whose state is kept',
      samples: plain(status.connections),
    },
    {
      name: 'headwater_agent_listeners',
      type: 'gauge',
      help: 'Listening sockets known',
      samples: plain(status.listeners),
    },
    {
      name: 'headwater_agent_capability',
      type: 'gauge',
      help: '1 where a kernel program or privilege works',
      samples: status.capabilities.map(({ name, ok }) => ({ labels: { name }, value: ok ? 1 : 0 })),
    },
  ]
  return metricsText(families)
}
