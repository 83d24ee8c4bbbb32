import type { CostItem } from '@headwater/contracts'
import type { Wire, WireBytes } from './interfaces.js'

type Item = CostItem

/** Of no provider: round, and each another, so that a byte that is priced as something else shows. */
export const prices = `
currency: EUR
prices:
  - { name: between zones, item: cross-zone, per_gb: 0.01, charged: both }
  - { name: to the us, item: cross-region, from: eu-1, to: us-1, per_gb: 0.03 }
  - { name: to the eu, item: cross-region, from: us-1, to: eu-1, per_gb: 0.05 }
  - { name: to the internet, item: internet, region: eu-1, per_gb: 0.07 }
  - { name: gateway of shop, item: nat-gateway, gateway: nat-shop, per_gb: 0.11 }
  - { name: gateway of pay, item: nat-gateway, gateway: nat-pay, per_gb: 0.13 }
`

/** What a GB costs of each way, by hand: the items a pair is charged for, as [item, client to server, server to client]. */
type Charge = [item: Item, clientToServer: number, serverToClient: number]

const zones: Charge = ['cross-zone', 0.02, 0.02]
const fromEu: Charge = ['cross-region', 0.03, 0.05]
const natShop: Charge = ['nat-gateway', 0.11, 0.11]
const natPay: Charge = ['nat-gateway', 0.13, 0.13]

interface Priced extends Wire {
  /** As the bill names it: services with their zones. */
  name: string
  charges: Charge[]
}

const pair = (
  name: string,
  at: string,
  address: string,
  port: number,
  client: string,
  ...charges: Charge[]
): Priced => {
  const server = name.split(' > ')[1]?.split(' ')[0] ?? ''
  return { name, at, address, port, client, server: `${server} ${address}`, charges }
}

/** Every pair of the calm lab, counted where its client is, before any address is translated. */
export const wires: readonly Priced[] = [
  pair('visitors  > frontend eu-1a', 'visitors', '10.1.1.10', 8080, 'visitors', ['internet', 0, 0.07]),
  pair('frontend eu-1a > catalogue eu-1a', 'frontend', '10.1.1.12', 8080, 'frontend'),
  pair('frontend eu-1a > cart eu-1a', 'frontend', '10.1.1.11', 8080, 'frontend'),
  pair('frontend eu-1a > checkout eu-1b', 'frontend', '10.1.2.12', 8080, 'frontend', zones),
  pair('cart eu-1a > cache eu-1b', 'cart', '10.1.2.10', 6379, 'cart', zones),
  pair('checkout eu-1b > cart eu-1a', 'checkout', '10.1.1.11', 8080, 'checkout', zones),
  pair('checkout eu-1b > payments eu-1a', 'checkout', '10.2.1.10', 8080, 'checkout', zones, natShop),
  pair('catalogue eu-1a > database us-1a', 'catalogue-1', '10.3.0.11', 5432, 'catalogue-1', fromEu, natShop),
  pair('catalogue eu-1a > search us-1a', 'catalogue-1', '10.3.0.11', 9200, 'catalogue-1', fromEu, natShop),
  pair('catalogue eu-1b > database us-1a', 'catalogue-2', '10.3.0.11', 5432, 'catalogue-2', fromEu, natShop),
  pair('catalogue eu-1b > search us-1a', 'catalogue-2', '10.3.0.11', 9200, 'catalogue-2', fromEu, natShop),
  pair(
    'payments eu-1a > payment-provider ',
    'payments',
    '203.0.113.10',
    443,
    'payments',
    ['internet', 0.07, 0],
    natPay,
  ),
  pair('payments eu-1a > database us-1a', 'payments', '10.3.0.11', 5432, 'payments', fromEu, natPay),
  pair('ledger eu-1b > database us-1a', 'pay-2', '10.3.0.11', 5432, 'ledger', fromEu, natPay),
  pair('ledger eu-1b > catalogue eu-1a', 'pay-2', '10.1.1.12', 8080, 'ledger', zones, natPay),
  pair('ledger eu-1b > catalogue eu-1b', 'pay-2', '10.1.2.11', 8080, 'ledger', natPay),
  pair('database-replica us-1a > database us-1a', 'data-2', '10.3.0.11', 5432, 'replica'),
]

interface Sum {
  /** Those that are charged for. */
  bytes: number
  cost: number
}

/** @param counted in the order of `wires` */
export function bill(counted: readonly WireBytes[]) {
  const items = new Map<Item, Sum>()
  const pairs = wires.map(({ name, charges }, i) => {
    const { client_to_server = 0, server_to_client = 0 } = counted[i] ?? {}
    let own = 0
    for (const [item, there, back] of charges) {
      const cost = (client_to_server * there + server_to_client * back) / 1e9
      const bytes = (there > 0 ? client_to_server : 0) + (back > 0 ? server_to_client : 0)
      const sum = items.get(item) ?? { bytes: 0, cost: 0 }
      items.set(item, { bytes: sum.bytes + bytes, cost: sum.cost + cost })
      own += cost
    }
    return { name, client_to_server, server_to_client, charged: charges.length > 0, cost: own }
  })
  return { pairs, items, cost: pairs.reduce((sum, p) => sum + p.cost, 0) }
}
