import type { TestStore } from '@headwater/store/testing'
import type { Line } from './pairs.js'

const FIGURES = ['connections', 'failures', 'client_to_server_bytes', 'server_to_client_bytes'] as const
type Figures = Record<(typeof FIGURES)[number], number>

/** What one batch of an agent adds to the counters, by edge. */
type Batch = Map<string, Figures>

/** Batches as their agents sent them, by agent. A partition has them in this order, so of each agent a replica that is killed stored the first. */
export type Sent = Map<string, Batch[]>

const none = (): Figures => ({ connections: 0, failures: 0, client_to_server_bytes: 0, server_to_client_bytes: 0 })

/** Batches with counted rows of a time, out of the store. */
export async function sentBatches(store: TestStore, from: number, to: number): Promise<Sent> {
  const { columns } = await store.query.query<Record<string, string[] & number[]>>(
    `SELECT instance, sequence,
       concat(if(side = 'client', local_service, remote_service), ' > ', if(side = 'client', remote_service, local_service)) AS edge,
       sum(if(side = 'client', connects, accepts)) AS connections, sum(flows.failures) AS failures,
       sum(if(side = 'client', tx_bytes, rx_bytes)) AS client_to_server_bytes,
       sum(if(side = 'client', rx_bytes, tx_bytes)) AS server_to_client_bytes
     FROM flows WHERE counted AND transport = 'tcp' AND time > fromUnixTimestamp64Milli({from:Int64}) AND time <= fromUnixTimestamp64Milli({to:Int64})
     GROUP BY instance, sequence, edge ORDER BY instance, sequence`,
    { from, to },
  )
  const sent: Sent = new Map()
  let last = ''
  for (const [row, instance] of (columns.instance ?? []).entries()) {
    const batches = sent.get(instance) ?? []
    sent.set(instance, batches)
    const key = `${instance} ${columns.sequence?.[row]}`
    if (key !== last) batches.push(new Map())
    last = key
    const of = (figure: string) => columns[figure]?.[row] ?? 0
    const figures = Object.fromEntries(FIGURES.map((figure) => [figure, of(figure)])) as Figures
    batches.at(-1)?.set(columns.edge?.[row] ?? '', figures)
  }
  return sent
}

function sum(batches: readonly Batch[], edge: string): Figures {
  const total = none()
  for (const batch of batches) for (const figure of FIGURES) total[figure] += batch.get(edge)?.[figure] ?? 0
  return total
}

const same = (a: Figures, b: Figures) => FIGURES.every((figure) => a[figure] === b[figure])

/**
 * Of each agent's batches, the number from which on a replica counted all and before which none (`tail`), or before which it counted
 * all and from which on none (`head`), so that its counters are what they are; undefined where there are no such numbers.
 */
export function cutsOf(sent: Sent, counted: readonly Line[], part: 'head' | 'tail'): Map<string, number> | undefined {
  const shown = (edge: string): Figures => counted.find((line) => line.edge === edge) ?? none()
  const taken = (instance: string, cut: number) => {
    const batches = sent.get(instance) ?? []
    return part === 'head' ? batches.slice(0, cut) : batches.slice(cut)
  }
  const senders = new Map<string, Set<string>>()
  for (const [instance, batches] of sent)
    for (const edge of batches.flatMap((batch) => [...batch.keys()]))
      senders.set(edge, (senders.get(edge) ?? new Set()).add(instance))
  // An edge that only one agent tells of leaves few cuts of that agent; those of several decide among what is left.
  const fits = (instance: string, cut: number) =>
    [...senders].every(
      ([edge, of]) => of.size > 1 || !of.has(instance) || same(sum(taken(instance, cut), edge), shown(edge)),
    )
  const possible = [...sent].map(([instance, batches]) => {
    const cuts = Array.from({ length: batches.length + 1 }, (_, cut) => cut).filter((cut) => fits(instance, cut))
    return [instance, cuts] as const
  })
  const shared = [...senders].filter(([, of]) => of.size > 1).map(([edge]) => edge)
  const search = (chosen: [string, number][]): Map<string, number> | undefined => {
    const next = possible[chosen.length]
    if (next !== undefined) {
      for (const cut of next[1]) {
        const found = search([...chosen, [next[0], cut]])
        if (found !== undefined) return found
      }
      return undefined
    }
    const all = chosen.flatMap(([instance, cut]) => taken(instance, cut))
    return shared.every((edge) => same(sum(all, edge), shown(edge))) ? new Map(chosen) : undefined
  }
  return counted.every(({ edge }) => senders.has(edge) || same(shown(edge), none())) ? search([]) : undefined
}
