import type { EdgeChange } from '@headwater/contracts'
import { printable } from '../../format/text.js'

export const CHANGE_MARKS = { new: '+', gone: '−', changed: '≠', same: '=' } as const

/** What became of an edge since the range compared with. */
export function ChangeChip({ change }: { change: Pick<EdgeChange, 'kind'> }) {
  return (
    <span className={`hw-chip hw-change-${change.kind}`}>
      {CHANGE_MARKS[change.kind]} {change.kind}
    </span>
  )
}

export function ChangeNote({ change }: { change: EdgeChange | null }) {
  if (!change || change.kind === 'same') return null
  return (
    <p className="hw-change">
      <ChangeChip change={change} /> {printable(change.reason)}
    </p>
  )
}
