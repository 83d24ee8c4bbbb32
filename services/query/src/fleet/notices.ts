import { type AgentBudget, CLOCK_NOTICE_MS, type Limit, type NodeNotice, type NodeTwin } from '@headwater/contracts'
import type { InstanceRow } from '../sql/nodes.js'
import { limitNotices } from './limit-notices.js'

/** Beyond this ingest files nothing of an agent (decisions: rows from the future). */
const FUTURE_MS = 10 * 60_000
/** How long a lease holds, and so how far clocks may differ before a connection may count at both ends. */
const LEASE_MS = 30_000

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** 612000: `10 min 12 s`. */
export function duration(ms: number): string {
  const at = units.findIndex(([, size]) => ms >= size)
  if (at < 0) return `${Math.round(ms)} ms`
  if (at === units.length - 1) return `${(ms / 1000).toFixed(1)} s`
  const parts: string[] = []
  let rest = ms
  for (const [name, size] of units.slice(at, at + 2)) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n > 0) parts.push(`${n} ${name}${name === 'day' || name === 'hour' ? (n > 1 ? 's' : '') : ''}`)
  }
  return parts.join(' ')
}

function clockNotice({ clock_offset_ms: off, ...row }: InstanceRow): NodeNotice[] {
  if (off === null || Math.abs(off) <= CLOCK_NOTICE_MS) return []
  const [by, name] = [duration(Math.abs(off)), `${row.cluster}/${row.node}`]
  const twice = Math.abs(off) > LEASE_MS ? ' Connections with other nodes may count at both ends.' : ''
  const set = 'Let NTP set the clock of that node (timedatectl set-ntp true, or chronyd; "chronyc tracking" tells).'
  if (off < -FUTURE_MS)
    return [
      {
        code: 'clock',
        problem: `The clock of ${name} is ${by} ahead of ingest's: its flows are not stored but put aside as dead letters (from-the-future), since over 10 min are not taken.`,
        fix: `${set} Where all nodes seem as far ahead, it is the clock of ingest's machine that is behind.`,
      },
    ]
  if (off < 0)
    return [
      {
        code: 'clock',
        problem: `The clock of ${name} is ${by} ahead of ingest's: its flows stand that much too late in every view.${twice}`,
        fix: `${set} Where all nodes seem as far ahead, it is the clock of ingest's machine that is behind.`,
      },
    ]
  return [
    {
      code: 'clock',
      problem: `The clock of ${name} is ${by} behind ingest's, or its reports take that long: its flows stand that much too early in every view, and the newest are missing.${twice}`,
      fix: `${set} Where its clock is right, its reports wait: see the lag of the bus and of ingest. Where all nodes seem as far behind, it is the clock of ingest's machine that is ahead.`,
    },
  ]
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

function nameNotice({ cluster, node }: InstanceRow, twins: readonly NodeTwin[]): NodeNotice[] {
  if (twins.length === 0) return []
  const each = twins.map(
    (t) => `${t.instance} (${[...t.addresses, `kernel ${t.kernel}`, `started ${iso(t.started)}`].join(', ')})`,
  )
  return [
    {
      code: 'same-name',
      problem: `${twins.length} agents that run at once call themselves ${cluster}/${node}: ${each.join(' and ')}. Their flows stand under one node.`,
      fix: 'Give one of them another name (key `node`, HEADWATER_NODE) and start it again. Where both run on one machine, stop one.',
    },
  ]
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`

function budgetNotice({ cluster, node }: InstanceRow, { given_up, cpu_budget, cpu_used }: AgentBudget): NodeNotice[] {
  if (given_up.length === 0) return []
  return [
    {
      code: 'budget',
      problem: `The agent of ${cluster}/${node} was over its CPU budget of ${percent(cpu_budget)} of a core and does without: ${given_up.join('; ')}. Now it takes ${percent(cpu_used)}.`,
      fix: 'It takes these back by itself when there is room. To see them under this load raise its budget (key `agent.cpu-budget`, HEADWATER_AGENT_CPU_BUDGET) and start it again.',
    },
  ]
}

/** What is wrong with a node that runs, and what to do. */
export function noticesOf(
  row: InstanceRow,
  twins: readonly NodeTwin[],
  budget: AgentBudget,
  limits: readonly Limit[],
): NodeNotice[] {
  if (row.state !== 'live') return []
  const near = limitNotices(`${row.cluster}/${row.node}`, limits)
  return [...nameNotice(row, twins), ...near, ...clockNotice(row), ...budgetNotice(row, budget)]
}
