import { AgentPanel, type CpuSample, cpuShares, FleetView, type FleetViewProps } from '@headwater/console'
import type { NodesAnswer } from '@headwater/contracts/api'
import { useRef, useState } from 'react'
import { askAnswer } from './ask.js'
import { Framed } from './Framed.js'
import { type PageProps, useCompleteness } from './page.js'
import { rangeNow } from './state.js'
import { useAsked } from './useAsked.js'

export function Fleet({ uid, state, onCompleteness }: PageProps) {
  const [open, setOpen] = useState<string>()
  const [sort, setSort] = useState<FleetViewProps['sort']>()
  const samples = useRef<Map<string, CpuSample>>(new Map())
  const asked = useAsked(
    JSON.stringify([uid, state.from, state.to]),
    async () => {
      const answer = await askAnswer<NodesAnswer>(uid, { queryType: 'nodes' }, rangeNow(state))
      // Worked out with the answer, not while rendering: React may render twice what came once.
      samples.current = cpuShares(samples.current, answer.nodes)
      return { ...answer, cpu: samples.current }
    },
    state.refresh,
  )
  const { data } = asked
  const node = data?.nodes.find((n) => n.instance === open)
  useCompleteness(data?.completeness, onCompleteness)
  return (
    <Framed
      asked={asked}
      empty={data?.nodes.length === 0}
      filtered={false}
      panel={
        data &&
        node && (
          <AgentPanel
            node={node}
            cpu={data.cpu.get(node.instance)}
            now={data.range.to}
            onClose={() => setOpen(undefined)}
          />
        )
      }
    >
      {data && (
        <FleetView
          nodes={data.nodes}
          found={undefined}
          completeness={data.completeness}
          cpu={data.cpu}
          now={data.range.to}
          open={open}
          onOpen={setOpen}
          sort={sort}
          onSort={setSort}
        />
      )}
    </Framed>
  )
}
