import type { CostItem } from '@headwater/contracts'
import type { TrafficRow } from '../sql/cost.js'
import type { Where } from './table/price-table.js'

/** One end of traffic as prices see it. */
export interface Place {
  cluster: string
  zone: string
  region: string
}

/** Bytes that one end sends to the other. */
export interface Direction {
  sender: Place
  receiver: Place
  bytes: number
}

/** Bytes for which something may be charged, and where. */
export interface Charge {
  item: CostItem
  bytes: number
  where: Where
  /** For the list of what has no price. */
  from: string
  to: string
}

const clientOf = (r: TrafficRow): Place => ({ cluster: r.client_cluster, zone: r.client_zone, region: r.client_region })
const serverOf = (r: TrafficRow): Place => ({ cluster: r.server_cluster, zone: r.server_zone, region: r.server_region })

/** Both directions of a pair's traffic: what it sends and what it gets can have other prices. */
export function directionsOf(row: TrafficRow): [Direction, Direction] {
  const [client, server] = [clientOf(row), serverOf(row)]
  return [
    { sender: client, receiver: server, bytes: row.client_to_server_wire_bytes },
    { sender: server, receiver: client, bytes: row.server_to_client_wire_bytes },
  ]
}

export const crossZone = (sender: Place, receiver: Place, bytes: number): Charge => ({
  item: 'cross-zone',
  bytes,
  where: { from: sender.zone, to: receiver.zone, region: sender.region },
  from: sender.zone,
  to: receiver.zone,
})

function pathCharge(path: TrafficRow['path_class'], { sender, receiver, bytes }: Direction): Charge | undefined {
  switch (path) {
    case 'cross-zone':
      return crossZone(sender, receiver, bytes)
    case 'cross-region': {
      const [from, to] = [sender.region, receiver.region]
      return { item: 'cross-region', bytes, where: { from, to }, from, to }
    }
    case 'internet':
      // Only what we send out: a sender of no known cluster is not ours, and what comes in is free.
      if (sender.cluster === '') return undefined
      return { item: 'internet', bytes, where: { region: sender.region }, from: sender.region, to: 'internet' }
    default:
      return undefined
  }
}

/** What may be charged for one direction: its path, and beside it the gateway that processes it. */
export function chargesOf({ path_class, nat_gateway }: TrafficRow, direction: Direction): Charge[] {
  const { bytes } = direction
  if (bytes === 0) return []
  const path = pathCharge(path_class, direction)
  const charges = path === undefined ? [] : [path]
  if (nat_gateway !== '')
    charges.push({ item: 'nat-gateway', bytes, where: { gateway: nat_gateway }, from: nat_gateway, to: '' })
  return charges
}
