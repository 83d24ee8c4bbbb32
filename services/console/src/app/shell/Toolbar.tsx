import type { MapEdge } from '@headwater/contracts'
import { bytes, count, exactCount, perSecond, rate } from '../../format/number.js'
import { countChanges } from '../../map/changes.js'
import { bytesOf, countedEdges, type Graph } from '../../map/graph.js'
import { CHANGE_MARKS } from '../../views/changes/Change.js'
import { type ChangeKind, type Comparison, changeKinds, comparisons, type View, views } from '../url/state.js'

export interface ToolbarProps {
  /** undefined: there is no answer yet. */
  graph: Graph | undefined
  rangeMs: number
  view: View
  self: boolean
  compare: Comparison
  changes: readonly ChangeKind[]
  onView(view: View): void
  onCompare(compare: Comparison): void
  onChanges(changes: readonly ChangeKind[]): void
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
  // What is counted on another edge is in no sum.
  const counted = countedEdges(graph.edges)
  const sum = (of: (e: MapEdge) => number): number => counted.reduce((n, e) => n + of(e.data), 0)
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

const COMPARE_TEXTS: Record<Comparison, string> = {
  off: 'No comparison',
  previous: 'Against the period before',
  '1h': 'Against 1 hour earlier',
  '1d': 'Against 1 day earlier',
  '1w': 'Against 1 week earlier',
}

/** What the range is compared with, and how many edges came, went and changed: each count lets those stand out. */
function Compare({
  graph,
  compare,
  changes,
  onCompare,
  onChanges,
}: Pick<ToolbarProps, 'graph' | 'compare' | 'changes' | 'onCompare' | 'onChanges'>) {
  const counts = graph && countChanges(graph)
  return (
    <div className="app-compare">
      <label className="app-select">
        <select aria-label="Compare with" value={compare} onChange={(e) => onCompare(e.target.value as Comparison)}>
          {comparisons.map((c) => (
            <option key={c} value={c}>
              {COMPARE_TEXTS[c]}
            </option>
          ))}
        </select>
      </label>
      {compare !== 'off' && counts && (
        <fieldset className="app-changes" aria-label="Changes">
          {changeKinds.map((kind) => {
            const on = changes.includes(kind)
            return (
              <button
                key={kind}
                type="button"
                className={`hw-chip hw-change-${kind}`}
                aria-pressed={on}
                title={on ? 'Show all again' : `Only edges that are ${kind}`}
                onClick={() => onChanges(on ? changes.filter((c) => c !== kind) : [...changes, kind])}
              >
                {CHANGE_MARKS[kind]} {counts[kind]} {kind}
              </button>
            )
          })}
        </fieldset>
      )}
    </div>
  )
}

/** The choice of view, the comparison, and the sums of all that is shown. */
export function Toolbar({ graph, rangeMs, view, self, onView, onSelf, ...props }: ToolbarProps) {
  return (
    <div className="app-toolbar">
      <fieldset className="app-views" aria-label="View">
        {views.map((v) => (
          <button key={v} type="button" aria-pressed={v === view} onClick={() => onView(v)}>
            {VIEW_TEXTS[v]}
          </button>
        ))}
      </fieldset>
      <Compare graph={graph} {...props} />
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
