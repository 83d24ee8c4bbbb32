import type { CompletenessAnswer, NodesAnswer } from '@headwater/contracts/api'
import type { Frame, FrameMeta } from '../frames/frame.ts'
import type { Ask } from './ask.ts'
import { modelColumns, tableFrames } from './tables.ts'

const up: Record<string, number | null> = { live: 1, silent: 0, stopped: null }
const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0)

const unfiltered = ({ query }: Ask): FrameMeta['notices'] =>
  query.filter === ''
    ? []
    : [{ severity: 'warning', text: `The filter does not apply to ${query.queryType}: all nodes are in it.` }]

/** Nodes with their agents. `up` is 1 live, 0 silent, and none for an agent that was stopped. */
export async function nodes(ask: Ask): Promise<Frame[]> {
  const { body, text } = await ask.api.get<NodesAnswer>('nodes', { ...ask.range }, ask.signal)
  const rows = body.nodes.map((node) => {
    const { twins: _, listeners: __, capabilities, notices, rows_dropped, ...facts } = node
    return {
      ...facts,
      up: up[node.state],
      heard_age_seconds: Math.max(0, (body.range.to - node.last_heard) / 1000),
      rows_dropped: sum(rows_dropped),
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
  const { nodes_silent, rows_dropped, ...numbers } = body.completeness
  const row = {
    ...numbers,
    rows_dropped: sum(rows_dropped),
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
