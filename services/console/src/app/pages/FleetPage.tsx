import { AgentPanel } from '../../views/fleet/AgentPanel.js'
import { FleetView } from '../../views/fleet/FleetView.js'
import type { ConsoleState } from '../url/state.js'
import type { SetState } from '../url/useUrlState.js'
import type { FleetData } from './useFleet.js'

export interface FleetPageProps {
  fleet: FleetData
  state: ConsoleState
  setState: SetState
}

export function FleetPage({ fleet, state, setState }: FleetPageProps) {
  const { data } = fleet.answer
  if (!data) return null
  return (
    <FleetView
      nodes={data.nodes}
      found={fleet.shown}
      completeness={data.completeness}
      cpu={fleet.cpu}
      now={data.range.to}
      open={state.open}
      onOpen={(open) => setState({ open })}
      sort={state.sort}
      onSort={(sort) => setState({ sort }, 'replace')}
    />
  )
}

/** The agent that is open, beside the list. */
export function OpenAgent({ fleet, state, setState }: FleetPageProps) {
  const { data } = fleet.answer
  const node = data?.nodes.find((n) => n.instance === state.open)
  if (!data || !node) return null
  const close = (): void => setState({ open: undefined })
  return <AgentPanel node={node} cpu={fleet.cpu.get(node.instance)} now={data.range.to} onClose={close} />
}
