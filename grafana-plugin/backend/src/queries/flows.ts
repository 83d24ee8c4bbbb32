import type { Flow, FlowsAnswer } from '@headwater/contracts/api'
import type { Frame } from '../frames/frame.ts'
import { type Ask, matched } from './ask.ts'
import { linkTo, matchersOf } from './links.ts'
import { modelColumns, tableFrames } from './tables.ts'

const PAGE = 10_000

const flowRow = (flow: Flow) => ({
  ...flow,
  open: flow.open > 0,
  // 0 stands for what was not measured.
  connect_us: flow.connect_us || null,
  srtt_us: flow.srtt_us || null,
  min_rtt_us: flow.min_rtt_us || null,
  filter: matchersOf({ process: flow.process, node: flow.node, cluster: flow.cluster }),
})

/** Rows of flows, newest first, with a link from the process to all it talks to. */
export async function flows(ask: Ask): Promise<Frame[]> {
  const { query, range, api, signal } = ask
  const found: Flow[] = []
  let cursor: string | undefined
  let first: FlowsAnswer | undefined
  do {
    const limit = Math.min(PAGE, query.limit - found.length)
    const { body } = await api.get<FlowsAnswer>('flows', { ...matched(ask), limit, cursor }, signal)
    first ??= body
    found.push(...body.flows)
    cursor = body.cursor ?? undefined
  } while (cursor !== undefined && found.length < query.limit)
  const links = [linkTo(api.settings, 'What this process talks to', { queryType: 'edges', groupBy: 'process' })]
  return tableFrames(ask, {
    name: 'flows',
    columns: modelColumns(ask),
    rows: found.map(flowRow),
    total: found.length + (cursor === undefined ? 0 : 1),
    dress: { links: { process: links } },
    custom: { completeness: first.completeness, range },
  })
}
