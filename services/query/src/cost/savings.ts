import type { CostItem, CostPair, Saving } from '@headwater/contracts'
import { crossZone } from './charges.js'
import type { Rates } from './price-book.js'
import type { Projection } from './projection.js'
import { isNamed, type Replica, type Replicas } from './replicas.js'
import { GB } from './table/price-table.js'
import { gigabytes, money, placed } from './words.js'

/** What savings are worked out with. */
export interface Context {
  replicas: Replicas
  rates: Rates
  projection: Projection
  currency: string
}

const bytesOf = (p: CostPair): number => p.client_to_server_wire_bytes + p.server_to_client_wire_bytes
const costOf = (pair: CostPair, item: CostItem): number =>
  pair.lines.reduce((sum, line) => (line.item === item ? sum + line.cost : sum), 0)

const elsewhere = (replica: Replica, cluster: string): string =>
  replica.cluster === cluster || replica.cluster === '' ? '' : ` of cluster ${replica.cluster}`

/** What the pair's traffic would pay between the client's zone and another of its region. */
function crossZoneCost(
  { client, client_to_server_wire_bytes, server_to_client_wire_bytes }: CostPair,
  at: Replica,
  rates: Rates,
): number {
  if (at.zone === client.zone) return 0
  const charges = [
    crossZone(client, at, client_to_server_wire_bytes),
    crossZone(at, client, server_to_client_wire_bytes),
  ]
  return charges.reduce((sum, charge) => {
    const entry = rates.book.entryFor(charge)
    return entry === undefined ? sum : sum + (charge.bytes / GB) * rates.perGb(entry)
  }, 0)
}

/** Traffic that leaves the client's zone (region) although it need not, or need not if there were a replica. */
function keepNear(
  pair: CostPair,
  by: 'zone' | 'region',
  { replicas, rates, projection, currency }: Context,
): Saving | undefined {
  const { client, server } = pair
  const paid = costOf(pair, by === 'zone' ? 'cross-zone' : 'cross-region')
  if (paid === 0 || !isNamed(server.service)) return undefined
  const near = replicas
    .of('server', server)
    .filter((r) => r.region === client.region && (by === 'region' || r.zone === client.zone))
    .map((replica) => ({ replica, cost: by === 'zone' ? 0 : crossZoneCost(pair, replica, rates) }))
    .sort((a, b) => a.cost - b.cost)[0]
  const figures = `${placed(client, by)} exchanges ${gigabytes(projection.perMonth(bytesOf(pair)))} a month with ${placed(server, by)}`
  const here = client[by]
  const saving = (perRange: number, title: string, say: (amount: string) => string): Saving | undefined => {
    const per_month = projection.perMonth(perRange)
    if (per_month <= 0) return undefined
    const detail = `${figures}${say(money(per_month, currency))}`
    return { kind: by === 'zone' ? 'same-zone' : 'same-region', title, detail, client, server, per_month }
  }
  if (near !== undefined) {
    const also = `${near.replica.zone}${elsewhere(near.replica, server.cluster)}`
    const less = near.cost > 0 ? `, what crossing zones then costs taken off` : ''
    return saving(
      paid - near.cost,
      `Route ${client.service} to ${server.service} within ${here}`,
      (amount) =>
        `, though ${server.service} also runs in ${also}: routing within the ${by} saves ${amount} a month${less}.`,
    )
  }
  const moved = isNamed(client.service)
    ? replicas.of('any', client).find((r) => r.region === server.region && (by === 'region' || r.zone === server.zone))
    : undefined
  // Moved calls may still cross zones of that region: only the zone itself is a sure saving.
  if (moved !== undefined && moved.zone === server.zone)
    return saving(
      paid,
      `Let ${client.service} in ${server[by]} call ${server.service}`,
      (amount) =>
        `, which does not run in ${here}; ${client.service} also runs in ${moved.zone}${elsewhere(moved, client.cluster)}: doing this work there saves ${amount} a month.`,
    )
  return saving(
    paid,
    `Add a replica of ${server.service} in ${client.zone}`,
    (amount) =>
      `, which was not seen in ${here}: a replica there saves up to ${amount} a month, less what it costs itself.`,
  )
}

/** Traffic that a gateway processes although its other end could be reached without. */
function bypassGateway(pair: CostPair, { projection, currency }: Context): Saving | undefined {
  const { client, server, nat_gateway } = pair
  const paid = costOf(pair, 'nat-gateway')
  const ours = server.cluster !== ''
  if (paid === 0 || !(ours || isNamed(server.service))) return undefined
  const per_month = projection.perMonth(paid)
  const way = ours ? 'peering both networks' : 'a private endpoint of that provider'
  const target = ours ? `${server.service} of cluster ${server.cluster}` : server.service
  return {
    kind: 'bypass-nat-gateway',
    title: `Reach ${server.service} past ${nat_gateway}`,
    detail: `${gigabytes(projection.perMonth(bytesOf(pair)))} a month between ${client.service} and ${target} pass the NAT gateway ${nat_gateway}: ${way} saves its fee of ${money(per_month, currency)} a month.`,
    client,
    server,
    per_month,
  }
}

/**
 * What could be saved, largest first. Each proposal saves lines of the bill that no other one of the same pair does: a
 * pair's path is priced by one item, and the gateway's fee apart from it.
 */
export function savingsOf(pairs: readonly CostPair[], context: Context): Saving[] {
  const found = pairs.flatMap((pair) => [
    keepNear(pair, 'zone', context),
    keepNear(pair, 'region', context),
    bypassGateway(pair, context),
  ])
  return found.filter((s) => s !== undefined).sort((a, b) => b.per_month - a.per_month)
}
