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
      name: 'headwater_agent_losses_total',
      type: 'counter',
      help: 'What else was lost or not told in time, by name (docs/fleet.md)',
      samples: Object.entries(status.losses).map(([name, value]) => ({ labels: { name }, value })),
    },
    {
      name: 'headwater_agent_excluded_rows_total',
      type: 'counter',
      help: 'Rows left out by the configuration (agent.exclude-...)',
      samples: plain(status.excluded.rows),
    },
    {
      name: 'headwater_agent_excluded_bytes_total',
      type: 'counter',
      help: 'Payload in the rows left out',
      samples: plain(status.excluded.bytes),
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
      name: 'headwater_agent_cpu_seconds_total',
      type: 'counter',
      help: 'CPU time of its process, the walks with it',
      samples: [
        { labels: { mode: 'user' }, value: status.cost.cpu_user_us / 1e6 },
        { labels: { mode: 'system' }, value: status.cost.cpu_system_us / 1e6 },
      ],
    },
    {
      name: 'headwater_agent_resident_bytes',
      type: 'gauge',
      help: 'Resident memory',
      samples: plain(status.cost.rss_bytes),
    },
    {
      name: 'headwater_agent_cpu_budget_ratio',
      type: 'gauge',
      help: 'Share of one core that it may take; 0: any',
      samples: plain(status.budget.cpu_budget),
    },
    {
      name: 'headwater_agent_cpu_used_ratio',
      type: 'gauge',
      help: 'Share of one core that it took over its last window, 30 s',
      samples: plain(status.budget.cpu_used),
    },
    {
      name: 'headwater_agent_walk_interval_seconds',
      type: 'gauge',
      help: 'Time between two looks at what lives on',
      samples: plain(status.budget.walk_interval_ms / 1000),
    },
    {
      name: 'headwater_agent_given_up',
      type: 'gauge',
      help: 'Steps that it does without, to stay within its CPU budget',
      samples: plain(status.budget.given_up.length),
    },
    {
      name: 'headwater_agent_kernel_bytes',
      type: 'gauge',
      help: 'What the kernel holds for its programs and maps',
      samples: plain(status.cost.kernel_bytes),
    },
    {
      name: 'headwater_agent_ring_bytes',
      type: 'gauge',
      help: 'Size of the ring between kernel and agent',
      samples: plain(status.cost.ring_bytes),
    },
    {
      name: 'headwater_agent_ring_peak_bytes',
      type: 'gauge',
      help: 'The most that was in the ring between the last two reports',
      samples: plain(status.cost.ring_peak_bytes),
    },
    {
      name: 'headwater_agent_program_runs_total',
      type: 'counter',
      help: 'Runs of its kernel programs, while the kernel counts them (kernel.bpf_stats_enabled)',
      samples: status.cost.programs.map(({ name, runs }) => ({ labels: { name }, value: runs })),
    },
    {
      name: 'headwater_agent_program_seconds_total',
      type: 'counter',
      help: 'Time of these runs: of the walks in its own CPU time, of the others in that of whoever is observed',
      samples: status.cost.programs.map(({ name, run_ns }) => ({ labels: { name }, value: run_ns / 1e9 })),
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
