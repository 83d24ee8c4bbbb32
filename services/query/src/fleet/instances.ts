import type { InstanceRow } from '../sql/nodes.js'

/** A report can take a moment longer than others, so that clocks are known only to about this, in ms. */
const SLACK_MS = 2_000

/** An agent that is started again has a new instance, but then the older one was not heard of after the newer began. */
const overlap = (a: InstanceRow, b: InstanceRow): boolean =>
  Math.max(a.started, b.started) + SLACK_MS < Math.min(a.last_sent, b.last_sent)

export interface NodeInstances {
  /** The one whose figures stand for the node: of the living, else of all, the newest. */
  shown: InstanceRow
  /** Those that run at once under its name, the newest first; none where there is but one. */
  twins: InstanceRow[]
}

/** @param rows instances of each node, the living and the newest first */
export function nodesOf(rows: readonly InstanceRow[]): NodeInstances[] {
  const nodes = Map.groupBy(rows, (r) => JSON.stringify([r.cluster, r.node]))
  return [...nodes.values()].flatMap((instances) => {
    const [shown] = instances
    const live = instances.filter((i) => i.state === 'live')
    const twins = live.filter((a) => live.some((b) => b !== a && overlap(a, b)))
    return shown ? [{ shown, twins }] : []
  })
}
