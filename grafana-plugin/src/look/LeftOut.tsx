import type { MapAnswer } from '@headwater/contracts/api'

/** Over a map that its limit has cut. */
export function LeftOut({ truncated }: Pick<MapAnswer, 'truncated'>) {
  if (truncated.nodes + truncated.edges === 0) return null
  return (
    <div className="hw-banner" role="status">
      <span>
        <strong>Not all is shown.</strong> {truncated.nodes} nodes and {truncated.edges} edges are left out by the
        limit. A filter or a coarser grouping shows them.
      </span>
    </div>
  )
}
