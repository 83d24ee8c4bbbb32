import type { MapEdge } from '@headwater/contracts'
import { bytes, count, exactCount, perSecond, rate } from '../../format/number.js'
import { bytesOf, type Graph } from '../../map/graph.js'
import { type View, views } from '../url/state.js'

export interface ToolbarProps {
  /** undefined: there is no answer yet. */
  graph: Graph | undefined
  rangeMs: number
  view: View
  self: boolean
  onView(view: View): void
  onSelf(self: boolean): void
}

const VIEW_TEXTS: Record<View, string> = { map: 'Map', split: 'Split', table: 'Table' }

function Sum({ name, value, title, bad = false }: { name: string; value: string; title: string; bad?: boolean }) {
  return (
    <span className={bad ? 'app-sum hw-bad' : 'app-sum'} title={title}>
      <b className="hw-number">{value}</b> {name}
    </span>
  )
}

function Sums({ graph, rangeMs }: { graph: Graph; rangeMs: number }) {
  const sum = (of: (e: MapEdge) => number): number => graph.edges.reduce((n, e) => n + of(e.data), 0)
  const [total, open, connects, failures] = [
    sum(bytesOf),
    sum((e) => e.open),
    sum((e) => e.connects),
    sum((e) => e.failures),
  ]
  return (
    <>
      <Sum
        name={graph.nodes.length === 1 ? 'node' : 'nodes'}
        value={count(graph.nodes.length)}
        title={exactCount(graph.nodes.length)}
      />
      <Sum
        name={graph.edges.length === 1 ? 'edge' : 'edges'}
        value={count(graph.edges.length)}
        title={exactCount(graph.edges.length)}
      />
      <Sum
        name="payload"
        value={bytes(total)}
        title={`${exactCount(total)} bytes of payload, ${rate(perSecond(total, rangeMs))}`}
      />
      <Sum
        name={connects === 1 ? 'connection' : 'connections'}
        value={count(connects)}
        title={`${exactCount(connects)} established in the range`}
      />
      <Sum name="open" value={count(open)} title={`${exactCount(open)} open at the end of the range`} />
      <Sum
        name={failures === 1 ? 'failure' : 'failures'}
        value={count(failures)}
        title={`${exactCount(failures)} attempts failed`}
        bad={failures > 0}
      />
    </>
  )
}

/** The choice of view, and the sums of all that is shown. */
export function Toolbar({ graph, rangeMs, view, self, onView, onSelf }: ToolbarProps) {
  return (
    <div className="app-toolbar">
      <fieldset className="app-views" aria-label="View">
        {views.map((v) => (
          <button key={v} type="button" aria-pressed={v === view} onClick={() => onView(v)}>
            {VIEW_TEXTS[v]}
          </button>
        ))}
      </fieldset>
      <div className="app-sums" data-testid="sums">
        {graph && <Sums graph={graph} rangeMs={rangeMs} />}
      </div>
      <label className="app-self" title="Connections of Headwater's own processes are hidden otherwise">
        <input type="checkbox" checked={self} onChange={(e) => onSelf(e.target.checked)} />
        <span>
          Headwater<span className="app-wide">'s own connections</span>
        </span>
      </label>
    </div>
  )
}
