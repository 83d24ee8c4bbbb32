import type { CostAnswer, CostItem, CostPair } from '@headwater/contracts'
import { printable } from '../../format/text.js'
import { joined, matchers } from '../../map/matchers.js'

export const ITEM_TEXTS: Record<CostItem, string> = {
  'cross-zone': 'between zones',
  'cross-region': 'between regions',
  internet: 'internet',
  'nat-gateway': 'NAT gateway',
}

const ends = (p: CostPair) => [p.client, p.server]

/** Stable between answers: services and places of both ends, and the way between them. */
export const pairId = (p: CostPair): string =>
  JSON.stringify([...ends(p).flatMap((e) => [e.cluster, e.namespace, e.service, e.zone]), p.path_class, p.nat_gateway])

/** The filter that selects a pair's flows: what names an end is given, and what is empty there too. */
export const pairMatchers = (p: CostPair, filter = ''): string =>
  joined(
    filter,
    (['client', 'server'] as const).flatMap((end) => {
      const { cluster, namespace, service, zone } = p[end]
      return [
        ...matchers({ cluster, namespace, service }, `${end}_`),
        ...(zone === '' ? [] : matchers({ zone }, `${end}_`)),
      ]
    }),
  )

/** What a search of plain text lists: by service, namespace, cluster, zone, region, path or gateway. */
export function searchPairs(answer: Pick<CostAnswer, 'pairs'>, text: string): CostPair[] | undefined {
  const needle = text.trim().toLowerCase()
  if (needle === '' || needle.startsWith('{')) return undefined
  const holds = (t: string): boolean => printable(t).toLowerCase().includes(needle)
  return answer.pairs.filter((p) =>
    [
      p.path_class,
      p.nat_gateway,
      ...ends(p).flatMap((e) => [e.service, e.namespace, e.cluster, e.zone, e.region]),
    ].some(holds),
  )
}
