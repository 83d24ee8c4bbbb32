import type { PathClass } from '@headwater/contracts'
import { describe, expect, test } from 'vitest'
import type { TrafficRow } from '../sql/cost.js'
import { priceTraffic } from './priced.js'
import { Projection } from './projection.js'
import { parsePriceTable } from './table/read.js'

const DAY = 86_400_000
const G = 1e9
/** Three days: a month is ten times as much. */
const projection = new Projection({ from: 0, to: 3 * DAY }, 3 * DAY)

interface End {
  service: string
  zone?: string
  cluster?: string
}

function row(client: End, server: End, path_class: PathClass, sent: number, received: number, nat = ''): TrafficRow {
  const end = (name: 'client' | 'server', { service, zone = '', cluster = 'c' }: End) => ({
    [`${name}_cluster`]: cluster,
    [`${name}_namespace`]: '',
    [`${name}_service`]: service,
    [`${name}_zone`]: zone,
    [`${name}_region`]: zone.replace(/[a-z]$/, ''),
  })
  return {
    ...end('client', client),
    ...end('server', server),
    path_class,
    nat_gateway: nat,
    client_to_server_wire_bytes: sent,
    server_to_client_wire_bytes: received,
    folded: 0,
  } as unknown as TrafficRow
}

const table = parsePriceTable(
  `
currency: USD
prices:
  - { name: zones, item: cross-zone, per_gb: 0.01, charged: both }
  - { name: eu to us, item: cross-region, from: eu1, to: us1, per_gb: 0.02 }
  - { name: us to eu, item: cross-region, from: us1, to: eu1, per_gb: 0.08 }
  - { name: out of eu, item: internet, region: eu1, tiers: [{ up_to_gb: 100, per_gb: 0 }, { per_gb: 0.09 }] }
  - { name: nat, item: nat-gateway, gateway: nat-1, per_gb: 0.045 }
`,
  'prices.yaml',
)
const price = (rows: TrafficRow[], whole = rows, limit = 1000) => priceTraffic(rows, whole, table, projection, limit)

const shop = { service: 'shop', zone: 'eu1a' }
const cartA = { service: 'cart', zone: 'eu1a' }
const cartB = { service: 'cart', zone: 'eu1b' }
const bank = { service: 'bank', zone: 'us1a', cluster: 'us' }
const visitor = { service: 'internet', cluster: '' }
const store = { service: 'object-store', cluster: '' }

describe('priceTraffic', () => {
  test('a bill worked out by hand', () => {
    const { total, by_item, pairs, by_path } = price([
      row(shop, cartA, 'same-zone', 100 * G, 100 * G),
      row(shop, cartB, 'cross-zone', 10 * G, 20 * G), // 30 GB x 0.02 = 0.60
      row(shop, bank, 'cross-region', 5 * G, 1 * G), // 5 x 0.02 + 1 x 0.08 = 0.18
      row(visitor, shop, 'internet', 50 * G, 20 * G), // 20 GB out; in a month 200, of which 100 are free: 20 x 0.045 = 0.90
      row(shop, store, 'internet', 0, 40 * G, 'nat-1'), // nothing out; 40 GB through the gateway: 1.80
    ])
    expect(total.cost).toBeCloseTo(0.6 + 0.18 + 0.9 + 1.8, 12)
    expect(total.per_day).toBeCloseTo(3.48 / 3, 12)
    expect(total.per_month).toBeCloseTo(34.8, 12)
    expect(total.wire_bytes).toBe((200 + 30 + 6 + 70 + 40) * G)
    expect(by_item.map((i) => [i.item, i.wire_bytes / G, Number(i.per_month.toFixed(9))])).toEqual([
      ['cross-zone', 30, 6],
      ['cross-region', 6, 1.8],
      ['internet', 20, 9],
      ['nat-gateway', 40, 18],
    ])
    expect(pairs.map((p) => p.server.service)).toEqual(['object-store', 'shop', 'cart', 'bank'])
    expect(pairs[3]?.lines.map((l) => [l.price, l.wire_bytes / G, l.price_per_gb])).toEqual([
      ['eu to us', 5, 0.02],
      ['us to eu', 1, 0.08],
    ])
    expect(pairs[2]?.lines).toEqual([
      { item: 'cross-zone', wire_bytes: 30 * G, price_per_gb: 0.02, cost: expect.closeTo(0.6, 12), price: 'zones' },
    ])
    const directions = by_path.filter((p) => p.path_class === 'cross-region')
    expect(directions.map((p) => [p.from_region, p.to_region, Number(p.cost.toFixed(9))])).toEqual([
      ['eu1', 'us1', 0.1],
      ['us1', 'eu1', 0.08],
    ])
    expect(by_path.find((p) => p.path_class === 'same-zone')).toMatchObject({ wire_bytes: 200 * G, cost: 0 })
  })

  test('our own two ends across the internet both pay for what they send', () => {
    const { by_item } = price([row(shop, { ...cartB, cluster: 'd' }, 'internet', 3 * G, 4 * G)])
    expect(by_item).toMatchObject([{ item: 'internet', wire_bytes: 7 * G }])
  })

  test('a gap is no error: what has no price is told with its bytes', () => {
    const { unpriced, total, pairs } = price([
      row({ service: 'a', zone: 'us1a' }, { service: 'b', zone: 'ap1a' }, 'cross-region', 3 * G, 2 * G, 'nat-2'),
      row(visitor, bank, 'internet', 7 * G, 1 * G),
      row(shop, { service: '10.9.9.9', cluster: '' }, 'unknown', 5, 5),
    ])
    expect(unpriced.map((u) => [u.item, u.from, u.to, u.wire_bytes])).toEqual([
      ['nat-gateway', 'nat-2', '', 5 * G],
      ['cross-region', 'us1', 'ap1', 3 * G],
      ['cross-region', 'ap1', 'us1', 2 * G],
      ['internet', 'us1', 'internet', 1 * G],
    ])
    expect(unpriced.slice(0, 2).map((u) => u.reason)).toEqual([
      'no entry of the price table holds for it; add one such as { name: NAME, item: nat-gateway, gateway: "nat-2", per_gb: PRICE }',
      'no entry of the price table holds for it; add one such as { name: NAME, item: cross-region, from: "us1", to: "ap1", per_gb: PRICE }',
    ])
    expect(total).toMatchObject({ cost: 0, wire_bytes: 13 * G + 10 })
    expect(pairs.map((p) => [p.cost, p.lines])).toEqual([
      [0, []],
      [0, []],
    ])
  })

  test('a filter does not move the tier', () => {
    const whole = [row(visitor, shop, 'internet', 0, 20 * G), row(visitor, cartA, 'internet', 0, 80 * G)]
    const parts = whole.map((r) => price([r], whole).total.cost)
    expect((parts[0] ?? 0) + (parts[1] ?? 0)).toBeCloseTo(price(whole).total.cost, 12)
    expect(price(whole.slice(0, 1)).total.cost).not.toBeCloseTo(parts[0] ?? 0, 3)
  })

  test('pairs, items and paths add up to the total, whatever the traffic', () => {
    let state = 42
    const below = (n: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * n)
    }
    const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
    const classes: PathClass[] = [
      'loopback',
      'same-node',
      'same-zone',
      'cross-zone',
      'cross-region',
      'internet',
      'unknown',
    ]
    const ends = [shop, cartA, cartB, bank, visitor, store]
    for (let round = 0; round < 50; round++) {
      const rows = Array.from({ length: 200 }, (_, i) => ({
        ...row(pick(ends), pick(ends), pick(classes), below(2 ** 40), below(2 ** 40), pick(['', 'nat-1', 'nat-2'])),
        client_namespace: String(i),
      }))
      const { total, pairs, by_item, by_path, savings } = price(rows, rows, 10_000)
      const near = (sum: number) => expect(Math.abs(sum - total.cost)).toBeLessThanOrEqual(1e-9 * total.cost)
      const sum = (list: readonly { cost: number }[]) => list.reduce((s, e) => s + e.cost, 0)
      near(sum(pairs))
      near(sum(by_item))
      near(sum(by_path))
      near(sum(pairs.flatMap((p) => p.lines)))
      for (const line of pairs.flatMap((p) => p.lines))
        expect(line.cost).toBeCloseTo((line.wire_bytes / G) * line.price_per_gb, 9)
      expect(by_path.reduce((s, p) => s + p.wire_bytes, 0)).toBe(total.wire_bytes)
      for (const pair of pairs) {
        const saved = savings.filter((s) => s.client === pair.client && s.server === pair.server)
        expect(saved.reduce((s, x) => s + x.per_month, 0)).toBeLessThanOrEqual(pair.per_month * (1 + 1e-9))
      }
    }
  })
})

describe('savings', () => {
  const saved = (rows: TrafficRow[]) =>
    price(rows).savings.map(({ kind, title, detail, per_month }) => ({
      kind,
      title,
      detail,
      per_month: Number(per_month.toFixed(9)),
    }))
  const crossing = row(shop, cartB, 'cross-zone', 10 * G, 20 * G)

  test('a replica in the zone: route to it', () => {
    expect(saved([crossing, row({ service: 'web', zone: 'eu1c' }, cartA, 'same-zone', 1, 1)])).toEqual([
      {
        kind: 'same-zone',
        title: 'Route shop to cart within eu1a',
        detail:
          'shop in zone eu1a exchanges 300 GB a month with cart in zone eu1b, though cart also runs in eu1a: routing within the zone saves 6.00 USD a month.',
        per_month: 6,
      },
    ])
  })

  test('a replica of another cluster is named as such', () => {
    const rows = [crossing, row({ service: 'web', zone: 'eu1a' }, { ...cartA, cluster: 'green' }, 'same-zone', 1, 1)]
    expect(saved(rows)[0]?.detail).toContain('cart also runs in eu1a of cluster green:')
  })

  test('a client is no replica of a server', () => {
    const rows = [crossing, row(cartA, { service: 'db', zone: 'eu1a' }, 'same-zone', 1, 1)]
    expect(saved(rows)[0]).toMatchObject({ title: 'Add a replica of cart in eu1a' })
  })

  test('none there: a replica would have to be added, with the same figure', () => {
    expect(saved([crossing])).toEqual([
      {
        kind: 'same-zone',
        title: 'Add a replica of cart in eu1a',
        detail:
          'shop in zone eu1a exchanges 300 GB a month with cart in zone eu1b, which was not seen in eu1a: a replica there saves up to 6.00 USD a month, less what it costs itself.',
        per_month: 6,
      },
    ])
  })

  test('the client runs where the server is: it can do this work there', () => {
    const rows = [crossing, row({ service: 'shop', zone: 'eu1b' }, cartB, 'same-zone', 1, 1)]
    expect(saved(rows)[0]).toMatchObject({ title: 'Let shop in eu1b call cart', per_month: 6 })
  })

  test('within the region: what crossing zones then costs is taken off', () => {
    const far = row(shop, { service: 'cart', zone: 'us1a' }, 'cross-region', 50 * G, 0)
    const inZone = row({ service: 'web', zone: 'eu1c' }, cartA, 'same-zone', 1, 1)
    const inRegion = row({ service: 'web', zone: 'eu1b' }, { service: 'cart', zone: 'eu1b' }, 'same-zone', 1, 1)
    expect(saved([far, inZone])[0]).toMatchObject({ kind: 'same-region', per_month: 10 })
    expect(saved([far])[0]).toMatchObject({ title: 'Add a replica of cart in eu1a', per_month: 10 })
    // 50 GB between zones cost 1.00, as much as between regions: nothing is gained.
    expect(saved([far, inRegion])).toEqual([])
    const back = row(shop, { service: 'cart', zone: 'us1a' }, 'cross-region', 0, 50 * G)
    expect(saved([back, inRegion])[0]).toMatchObject({
      title: 'Route shop to cart within eu1',
      detail: expect.stringMatching(
        /also runs in eu1b: .* saves 30\.00 USD a month, what crossing zones then costs taken off\.$/,
      ),
      per_month: 30,
    })
  })

  test('the gateway: peering for our own, a private endpoint for a named provider, nothing for the rest', () => {
    expect(
      saved([
        row(shop, bank, 'cross-region', 10 * G, 0, 'nat-1'),
        row(shop, store, 'internet', 0, 40 * G, 'nat-1'),
        row(shop, visitor, 'internet', 0, 90 * G, 'nat-1'),
        row(shop, { service: '203.0.113.9', cluster: '' }, 'unknown', 0, 90 * G, 'nat-1'),
      ]),
    ).toEqual([
      {
        kind: 'bypass-nat-gateway',
        title: 'Reach object-store past nat-1',
        detail:
          '400 GB a month between shop and object-store pass the NAT gateway nat-1: a private endpoint of that provider saves its fee of 18.00 USD a month.',
        per_month: 18,
      },
      {
        kind: 'bypass-nat-gateway',
        title: 'Reach bank past nat-1',
        detail:
          '100 GB a month between shop and bank of cluster us pass the NAT gateway nat-1: peering both networks saves its fee of 4.50 USD a month.',
        per_month: 4.5,
      },
      expect.objectContaining({ kind: 'same-region', title: 'Add a replica of bank in eu1a', per_month: 2 }),
    ])
  })
})

test('a range that ends in time to come is projected by what is past of it', () => {
  const p = new Projection({ from: 0, to: 10 * DAY }, 3 * DAY)
  expect(p.perDay(3)).toBe(1)
  expect(new Projection({ from: 5 * DAY, to: 6 * DAY }, 3 * DAY).perDay(0)).toBe(0)
  // Nor what was before anything was observed.
  const young = (since: number) => new Projection({ from: 0, to: 10 * DAY }, 3 * DAY, since).days
  expect([young(0), young(2 * DAY), young(-DAY), young(4 * DAY)]).toEqual([3, 1, 3, 10])
})
