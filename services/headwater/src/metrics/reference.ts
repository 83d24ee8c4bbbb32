import type { AgentStatus } from '@headwater/agent-node'
import type { DescribedFamily } from '@headwater/contracts/metrics'
import { describeIngestMetrics } from '@headwater/ingest'
import { describeQueryMetrics } from '@headwater/query'
import { agentMetrics } from '../roles/agent/metrics.js'

const anyAgent: AgentStatus = {
  state: 'running',
  instance: '',
  connected: true,
  produced: { rows: 0, batches: 0 },
  dropped: { any: 0 },
  losses: { any: 0 },
  excluded: { rows: 0, bytes: 0 },
  waiting: { parcels: 0, rows: 0, bytes: 0 },
  connections: 0,
  listeners: 0,
  cost: {
    ...{ cpu_user_us: 0, cpu_system_us: 0, rss_bytes: 0, ring_bytes: 0, ring_peak_bytes: 0, kernel_bytes: 0 },
    programs: [{ name: 'any', runs: 0, run_ns: 0 }],
  },
  budget: { cpu_budget: 0, cpu_used: 0, walk_interval_ms: 0, given_up: [] },
  capabilities: [{ name: 'any', ok: true, required: false, reason: '', lost: '', fix: '' }],
}

/** Families of a text that has a sample of each. */
function describeText(text: string): DescribedFamily[] {
  return [...text.matchAll(/# HELP (\S+) (.*)\n# TYPE \S+ (\S+)\n(.*)/g)].map(
    ([, name = '', help = '', type, sample = '']) => ({
      name,
      help,
      type: type as DescribedFamily['type'],
      labels: [...sample.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
    }),
  )
}

const table = (families: readonly DescribedFamily[]): string =>
  [
    '| metric | type | labels | what it is |',
    '| --- | --- | --- | --- |',
    ...families.map(
      ({ name, type, help, labels }) =>
        `| \`${name}\` | ${type} | ${labels.map((l) => `\`${l}\``).join(' ')} | ${help.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n')

/** What docs/metrics.md holds between its marks, by their names. */
export const metricTables = (): Record<string, string> => ({
  ingest: table(describeIngestMetrics()),
  query: table(describeQueryMetrics()),
  agent: table(describeText(agentMetrics(anyAgent))),
})

/** The text with the tables between their marks. */
export function withTables(text: string, tables: Record<string, string>): string {
  return Object.entries(tables).reduce(
    (all, [name, rows]) =>
      all.replace(
        new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- end of ${name} -->)`),
        (_, head: string, end: string) => `${head}${rows}\n${end}`,
      ),
    text,
  )
}
