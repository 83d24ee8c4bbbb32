import type { CompletenessAnswer, NodesAnswer } from '@headwater/contracts/api'
import type { Frame, FrameMeta } from '../frames/frame.ts'
import type { Ask } from './ask.ts'
import { modelColumns, tableFrames } from './tables.ts'

const up: Record<string, number | null> = { live: 1, silent: 0, stopped: null }
type Counts = Record<string, number>
/** A Headwater older than the plugin does not tell of DNS and losses. */
const sum = (counts: Counts = {}): number => Object.values(counts).reduce((a, b) => a + b, 0)
/** The greatest first: `slots_taken 7, walk_deferred 2`. */
const words = (counts: Counts = {}): string =>
  Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([name, n]) => `${name} ${n}`)
    .join(', ')

const unfiltered = ({ query }: Ask): FrameMeta['notices'] =>
  query.filter === ''
    ? []
    : [{ severity: 'warning', text: `The filter does not apply to ${query.queryType}: all nodes are in it.` }]

/** Nodes with their agents. `up` is 1 live, 0 silent, and none for an agent that was stopped. */
export async function nodes(ask: Ask): Promise<Frame[]> {
  const { body, text } = await ask.api.get<NodesAnswer>('nodes', { ...ask.range }, ask.signal)
  const rows = body.nodes.map((node) => {
    const { twins: _, listeners: __, programs: ___, limits, capabilities, notices, ...told } = node
    const { rows_dropped, dns_rows_dropped, losses, ...facts } = told
    return {
      ...facts,
      up: up[node.state],
      heard_age_seconds: Math.max(0, (body.range.to - node.last_heard) / 1000),
      rows_dropped: sum(rows_dropped),
      dns_rows_dropped: sum(dns_rows_dropped),
      losses: words(losses),
      ring_peak_ratio: node.ring_bytes > 0 ? node.ring_peak_bytes / node.ring_bytes : null,
      given_up: node.given_up.join(', '),
      limit_used_ratio: Math.max(0, ...limits.map((l) => l.used / l.max)),
      notices: notices.length,
      notice: notices.map((n) => `${n.problem} ${n.fix}`).join(' '),
      capabilities_missing: capabilities
        .filter((c) => !c.ok)
        .map((c) => c.name)
        .join(', '),
    }
  })
  return tableFrames(ask, {
    name: 'nodes',
    columns: modelColumns(ask),
    rows: ask.alert ? rows : rows.slice(0, ask.query.limit),
    total: rows.length,
    custom: { completeness: body.completeness, range: ask.range },
    answer: text,
    notices: unfiltered(ask),
  })
}

/** The two numbers of completeness and what they are made of: one row. */
export async function completeness(ask: Ask): Promise<Frame[]> {
  const { body } = await ask.api.get<CompletenessAnswer>('completeness', { ...ask.range }, ask.signal)
  const { nodes_silent, rows_dropped, dns, losses, ...numbers } = body.completeness
  const row = {
    ...numbers,
    rows_dropped: sum(rows_dropped),
    dns_delivered: dns?.delivered ?? null,
    dns_rows_produced: dns?.rows_produced,
    dns_rows_stored: dns?.rows_stored,
    dns_rows_dropped: sum(dns?.rows_dropped),
    losses: words(losses),
    nodes_silent: nodes_silent.length,
    silent: nodes_silent.join(', '),
  }
  return tableFrames(ask, {
    name: 'completeness',
    columns: modelColumns(ask),
    rows: [row],
    custom: { completeness: body.completeness, range: ask.range },
    notices: unfiltered(ask),
  })
}
