import type { Grouping } from '@headwater/contracts'
import type { AskedRow, AskingPlace, LookupBin, LookupRow } from '../sql/lookups.js'
import { addBins, type Bin, noBin, noCounts } from './bins.js'
import { edgePlace } from './place.js'

const placeKey = ({ cluster, node, netns, pid, address, port }: AskingPlace): string =>
  JSON.stringify([cluster, node, netns, pid, address, port])

const binOf = ([, questions, names_failed, names_lost, answered, slow]: LookupBin): Bin => ({
  ...noBin,
  counts: { ...noCounts, questions, names_failed, names_lost },
  lookup: { samples: answered, slow },
})

/** Questions for names by id of the edge that they go along, and by step: of edges on which anything of them is wrong or slow. */
export function lookupsByEdge(
  rows: readonly LookupRow[],
  asked: readonly AskedRow[],
  grouping: Grouping,
): Map<string, Map<number, Bin>> {
  const edges = new Map<string, Map<number, Bin>>()
  const places = new Map(rows.map((row) => [placeKey(row), row]))
  const wrong = new Set<string>()
  const added = new Set<string>()
  for (const edge of asked) {
    const place = placeKey(edge)
    const row = places.get(place)
    const { id } = edgePlace(edge, grouping)
    // Rows of one edge may differ in what is no part of its id.
    if (row === undefined || added.has(`${id} ${place}`)) continue
    added.add(`${id} ${place}`)
    const bins = edges.get(id) ?? new Map<number, Bin>()
    edges.set(id, bins)
    for (const bin of row.bins) bins.set(bin[0], addBins(bins.get(bin[0]) ?? noBin, binOf(bin)))
    if (row.wrong > 0) wrong.add(id)
  }
  return new Map([...edges].filter(([id]) => wrong.has(id)))
}
