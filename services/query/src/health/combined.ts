import { addBins, type Bin, noBin } from './bins.js'
import { type EdgeHealth, edgeHealth, whenSeen } from './edge-health.js'
import { type History, replay, sinceOf } from './replay.js'

function addHistories(histories: readonly History[]): History {
  const bins = new Map<number, Bin>()
  for (const history of histories)
    for (const [step, bin] of history.bins) bins.set(step, addBins(bins.get(step) ?? noBin, bin))
  const least = histories.map((h) => h.leastRoundTrip).filter((us) => us > 0)
  return {
    bins,
    overflows: histories[0]?.overflows ?? new Map(),
    leastRoundTrip: least.length === 0 ? 0 : Math.min(...least),
    clientSeen: histories.every((h) => h.clientSeen),
    serverSeen: histories.some((h) => h.serverSeen),
  }
}

const wentWrong = ({ bins }: History): number =>
  [...bins.values()].reduce(
    (sum, { counts }) => sum + counts.attempts_failed + counts.names_failed + counts.names_lost,
    0,
  )

/**
 * Servers whose clients each make too few attempts to be judged alone are judged by all of them together: such a judgement is of
 * the node alone, and names the edge with most failed attempts.
 */
export function combined(
  edges: readonly EdgeHealth[],
  histories: ReadonlyMap<string, History>,
  from: number,
): EdgeHealth[] {
  const found: EdgeHealth[] = []
  for (const own of Map.groupBy(edges, (e) => e.target).values()) {
    if (own.length < 2 || own.some((e) => e.level > 0)) continue
    const failing = own.map((edge) => ({ edge, wrong: wentWrong(histories.get(edge.id) as History) }))
    const [most] = failing.sort((a, b) => b.wrong - a.wrong || (a.edge.id < b.edge.id ? -1 : 1))
    if (most === undefined || most.wrong === 0) continue
    const verdict = replay(addHistories(own.map((e) => histories.get(e.id) as History)))
    if (verdict.finding?.atFault === 'path') continue
    const { id, source, target, names } = most.edge
    const where = { id, source, target, names: { ...names, client: 'its clients' }, combined: true }
    const health = edgeHealth(where, verdict, whenSeen(verdict), sinceOf(verdict.since, from))
    // Its samples are in the edges' already.
    if (health.level > 0) found.push({ ...health, health: { ...health.health, samples: 0 } })
  }
  return found
}
