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

/** A saving whose words are made when it is among those that are told. */
type Proposal = Omit<Saving, 'title' | 'detail'> & { words(amount: string): Pick<Saving, 'title' | 'detail'> }

/** Traffic that leaves the client's zone (region) although it need not, or need not if there were a replica. */
function keepNear(
  pair: CostPair,
  by: 'zone' | 'region',
  { replicas, rates, projection }: Context,
): Proposal | undefined {
  const { client, server } = pair
  const paid = costOf(pair, by === 'zone' ? 'cross-zone' : 'cross-region')
  if (paid === 0 || !isNamed(server.service)) return undefined
  const near = replicas
    .of('server', server)
    .filter((r) => r.region === client.region && (by === 'region' || r.zone === client.zone))
    .map((replica) => ({ replica, cost: by === 'zone' ? 0 : crossZoneCost(pair, replica, rates) }))
    .sort((a, b) => a.cost - b.cost)[0]
  const saved = paid - (near?.cost ?? 0)
  if (saved <= 0) return undefined
  const words = (amount: string) => {
    const { title, rest } =
      near === undefined ? withoutReplica(pair, by, replicas, amount) : toReplica(pair, by, near, amount)
    const volume = gigabytes(projection.perMonth(bytesOf(pair)))
    return { title, detail: `${placed(client, by)} exchanges ${volume} a month with ${placed(server, by)}, ${rest}.` }
  }
  return {
    kind: by === 'zone' ? 'same-zone' : 'same-region',
    client,
    server,
    per_month: projection.perMonth(saved),
    words,
  }
}

interface Words {
  title: string
  /** How the sentence goes on after who exchanges how much with whom. */
  rest: string
}

function toReplica(
  { client, server }: CostPair,
  by: 'zone' | 'region',
  { replica, cost }: { replica: Replica; cost: number },
  amount: string,
): Words {
  const also = `${replica.zone}${elsewhere(replica, server.cluster)}`
  const less = cost > 0 ? ', what crossing zones then costs taken off' : ''
  return {
    title: `Route ${client.service} to ${server.service} within ${client[by]}`,
    rest: `though ${server.service} also runs in ${also}: routing within the ${by} saves ${amount} a month${less}`,
  }
}

/** The server is not there. The client may be where the server is; else a replica would have to be added. */
function withoutReplica(
  { client, server }: CostPair,
  by: 'zone' | 'region',
  replicas: Replicas,
  amount: string,
): Words {
  const beside = replicas.of('any', client).find((r) => r.zone === server.zone && r.region === server.region)
  if (beside !== undefined)
    return {
      title: `Let ${client.service} in ${server.zone} call ${server.service}`,
      rest: `which was not seen in ${client[by]}, while ${client.service} also runs in ${beside.zone}${elsewhere(beside, client.cluster)}: doing this work there saves ${amount} a month`,
    }
  return {
    title: `Add a replica of ${server.service} in ${client.zone}`,
    rest: `which was not seen in ${client[by]}: a replica there saves up to ${amount} a month, less what it costs itself`,
  }
}

/** Traffic that a gateway processes although its other end could be reached without. */
function bypassGateway(pair: CostPair, { projection }: Context): Proposal | undefined {
  const { client, server, nat_gateway } = pair
  const paid = costOf(pair, 'nat-gateway')
  const ours = server.cluster !== ''
  if (paid === 0 || !(ours || isNamed(server.service))) return undefined
  const words = (amount: string) => {
    const way = ours ? 'peering both networks' : 'a private endpoint of that provider'
    const target = ours ? `${server.service} of cluster ${server.cluster}` : server.service
    const volume = gigabytes(projection.perMonth(bytesOf(pair)))
    return {
      title: `Reach ${server.service} past ${nat_gateway}`,
      detail: `${volume} a month between ${client.service} and ${target} pass the NAT gateway ${nat_gateway}: ${way} saves its fee of ${amount} a month.`,
    }
  }
  return { kind: 'bypass-nat-gateway', client, server, per_month: projection.perMonth(paid), words }
}

/**
 * What could be saved, largest first, at most `limit`. Each proposal saves lines of the bill that no other one of the same
 * pair does: a pair's path is priced by one item, and the gateway's fee apart from it.
 */
export function savingsOf(pairs: readonly CostPair[], context: Context, limit: number): Saving[] {
  const proposals = pairs
    .flatMap((pair) => [
      keepNear(pair, 'zone', context),
      keepNear(pair, 'region', context),
      bypassGateway(pair, context),
    ])
    .filter((p) => p !== undefined)
    .sort((a, b) => b.per_month - a.per_month)
  return proposals
    .slice(0, limit)
    .map(({ words, ...saving }) => ({ ...saving, ...words(money(saving.per_month, context.currency)) }))
}
