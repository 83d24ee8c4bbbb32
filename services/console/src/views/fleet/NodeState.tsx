import type { NodeAnswer } from '@headwater/contracts'
import { ago, stamp } from '../../format/time.js'

const LOOKS = {
  live: { path: 'M2 8h3l1.500-4 3 8L11 8h3', tone: 'healthy' },
  silent: { path: 'M3.500 3.500l9 9M3 8h3M10.500 8H13', tone: 'unhealthy' },
  stopped: { path: 'M4.500 4.500h7v7h-7z', tone: 'unknown' },
} as const

/** Live, silent or stopped, and how long ago it was heard. `now`: Unix ms of the answer. */
export function NodeState({ node, now }: { node: Pick<NodeAnswer, 'state' | 'last_heard'>; now: number }) {
  const { path, tone } = LOOKS[node.state]
  return (
    <span className={`hw-state-text hw-state-${tone}`} title={`last heard ${stamp(node.last_heard)}`}>
      <svg
        viewBox="0 0 16 16"
        width="15"
        height="15"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.700"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        <path d={path} />
      </svg>
      {node.state}
      <small className="hw-muted">{ago(Math.max(0, now - node.last_heard))}</small>
    </span>
  )
}
