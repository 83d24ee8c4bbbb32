import { type CostAnswer, costSchema, type PathClass, type Problem } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parsePriceTable } from '../src/cost/table/read.js'
import type { QueryServer } from '../src/index.js'
import { trafficStatement } from '../src/sql/cost.js'
import { insertRows, type Row } from './rows.js'
import { get, testServer } from './server.js'
import { ensureZones } from './zones.js'

const HOUR = 3_600_000
const MINUTE = 60_000
// Past hours, so that no row is of the time to come.
const hour = Math.floor(Date.now() / HOUR) * HOUR - 4 * HOUR

const prices = parsePriceTable(
  `
currency: EUR
prices:
  - { name: zones, item: cross-zone, per_gb: 0.01, charged: both }
  - { name: regions, item: cross-region, per_gb: 0.02 }
  - { name: home, item: cross-region, from: us-1, to: eu-1, per_gb: 0.05 }
  - { name: internet, item: internet, tiers: [{ up_to_gb: 720, per_gb: 0 }, { per_gb: 0.09 }] }
  - { name: nat, item: nat-gateway, per_gb: 0.045 }
`,
  'test.yaml',
)

interface End {
  service: string
  zone: string
  cluster?: string
}
const region = (zone: string) => zone.replace(/[a-z]$/, '')
let cookies = 0

/** A row of one end; bytes on the wire as the observer sent and got them. */
function row(
  side: 'client' | 'server',
  own: End,
  other: End,
  time: number,
  tx: number,
  rx: number,
  more: Row = {},
): Row {
  return {
    time,
    start: time,
    cluster: own.cluster ?? 'main',
    node: 'n',
    instance: 'i',
    sequence: 1,
    cookie: ++cookies,
    side,
    counted: 1,
    transport: 'tcp',
    local_ip: '10.0.0.1',
    remote_ip: '10.0.0.2',
    tx_bytes: 1,
    rx_bytes: 1,
    tx_wire_bytes: tx,
    rx_wire_bytes: rx,
    connects: side === 'client' ? 1 : 0,
    local_service: own.service,
    local_zone: own.zone,
    local_region: region(own.zone),
    remote_service: other.service,
    remote_zone: other.zone,
    remote_region: region(other.zone),
    remote_cluster: other.cluster ?? 'main',
    path_class: 'same-zone' satisfies PathClass,
    ...more,
  }
}

const shopA = { service: 'shop', zone: 'eu-1a' }
const cartA = { service: 'cart', zone: 'eu-1a' }
const cartB = { service: 'cart', zone: 'eu-1b' }
const bankUs = { service: 'bank', zone: 'us-1a', cluster: 'america' }
const outside = (service: string) => ({ service, zone: '', cluster: '' })
const G = 1e9
const at = (h: number, minutes: number) => hour + h * HOUR + minutes * MINUTE

/** Two hours of traffic and a few minutes at both ends. */
const rows: Row[] = [
  row('client', shopA, cartB, at(-1, 50), 1 * G, 0, { path_class: 'cross-zone' }),
  row('client', shopA, cartB, at(0, 10), 2 * G, 3 * G, { path_class: 'cross-zone' }),
  // The other end of the same connection: told twice, counted once.
  row('server', cartB, shopA, at(0, 10), 3 * G, 2 * G, { path_class: 'cross-zone', counted: 0 }),
  row('client', shopA, cartA, at(0, 20), 5 * G, 5 * G),
  row('client', shopA, bankUs, at(1, 5), 4 * G, 2 * G, { path_class: 'cross-region', nat_gateway: 'nat-shop' }),
  row('server', shopA, outside('198.51.100.1'), at(1, 6), 1 * G, 7 * G, { path_class: 'internet' }),
  row('server', shopA, outside('2001:db8::1'), at(1, 7), 1 * G, 7 * G, { path_class: 'internet' }),
  row('client', shopA, outside('mail'), at(1, 8), 1 * G, 6 * G, { path_class: 'internet' }),
  row('client', shopA, cartB, at(2, 10), 1 * G, 1 * G, { path_class: 'cross-zone' }),
  row('client', shopA, cartB, at(1, 10), 9 * G, 9 * G, { path_class: 'cross-zone', self: 1 }),
]

let store: TestStore
let server: QueryServer

beforeAll(async () => {
  store = await startTestStore()
  await ensureZones(store.admin)
  server = testServer(store.query, { prices })
  await server.start()
  const partitions = Map.groupBy(rows, (r) => Math.floor(Number(r.time) / (6 * HOUR)))
  for (const part of partitions.values()) await insertRows(store.ingest, part)
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})

async function cost(parameters: Record<string, string | number>): Promise<CostAnswer> {
  const { status, body } = await get<CostAnswer>(server, '/api/v1/cost', parameters)
  expect(status, JSON.stringify(body)).toBe(200)
  return costSchema.parse(body)
}
const whole = { from: at(-1, 50), to: at(2, 20) }

describe('cost', () => {
  test('is the bill worked out by hand', async () => {
    // Two whole hours: 2+3 GB between zones at twice 0.01; 4 GB to us-1 at 0.02 and 2 GB back at 0.05; 6 GB at the gateway;
    // 3 GB out, in a month 360 times as much, of which 720 of 1080 GB are free.
    const { total, by_item, pairs, unpriced, currency } = await cost({ from: hour, to: at(2, 0) })
    const zones = 5 * 0.02
    const regions = 4 * 0.02 + 2 * 0.05
    const internet = 3 * ((360 * 0.09) / 1080)
    const nat = 6 * 0.045
    expect(currency).toBe('EUR')
    expect(total.cost).toBeCloseTo(zones + regions + internet + nat, 9)
    expect(total.per_day).toBeCloseTo(total.cost * 12, 9)
    expect(total.per_month).toBeCloseTo(total.cost * 360, 7)
    expect(total.wire_bytes).toBe((5 + 10 + 6 + 8 + 8 + 7) * G)
    const items = Object.fromEntries(by_item.map((i) => [i.item, [i.wire_bytes / G, Number(i.cost.toFixed(9))]]))
    expect(items).toEqual({
      'cross-zone': [5, 0.1],
      'cross-region': [6, 0.18],
      internet: [3, 0.09],
      'nat-gateway': [6, 0.27],
    })
    expect(unpriced).toEqual([])
    expect(pairs.map((p) => [p.client.service, p.server.service, p.lines.length])).toEqual([
      ['shop', 'bank', 3],
      ['shop', 'cart', 1],
      ['internet', 'shop', 1],
      ['shop', 'mail', 1],
    ])
  })

  test('whole hours and started ones meet without loss or doubling', async () => {
    const bytes = (from: number, to: number, { self = false } = {}) =>
      rows
        .filter((r) => r.counted === 1 && (self || r.self !== 1) && Number(r.time) >= from && Number(r.time) < to)
        .reduce((s, r) => s + Number(r.tx_wire_bytes) + Number(r.rx_wire_bytes), 0)
    const borders = [
      at(-1, 50),
      hour - 1,
      hour,
      hour + 1,
      at(0, 10),
      at(1, 0),
      at(1, 6) + 1,
      at(2, 0),
      at(2, 10),
      at(2, 20),
    ]
    for (const from of borders)
      for (const to of borders.filter((b) => b > from))
        expect((await cost({ from, to })).total.wire_bytes, `${from - hour} ${to - hour}`).toBe(bytes(from, to))
    expect((await cost({ ...whole, self: 1 })).total.wire_bytes).toBe(bytes(whole.from, whole.to, { self: true }))
    const { text } = trafficStatement({ range: whole, matchers: [], self: false })
    expect(text.match(/FROM zones_1h/g)).toHaveLength(1)
    expect(text.match(/FROM flows/g)).toHaveLength(2)
    expect(trafficStatement({ range: { from: hour, to: at(2, 0) }, matchers: [], self: false }).text).not.toContain(
      'FROM flows',
    )
  })

  test('parts of a filter add up to the whole, tiers too', async () => {
    const all = await cost(whole)
    const out = await cost({ ...whole, filter: '{server_service="mail"}' })
    const rest = await cost({ ...whole, filter: '{server_service!="mail"}' })
    expect(out.total.cost).toBeGreaterThan(0)
    expect(out.total.cost + rest.total.cost).toBeCloseTo(all.total.cost, 9)
    expect(out.total.wire_bytes + rest.total.wire_bytes).toBe(all.total.wire_bytes)
    for (const filter of ['{zone="eu-1b"}', '{server_region=~"eu.*",transport="tcp",client_service="shop"}'])
      expect((await cost({ ...whole, filter })).pairs.map((p) => p.server.service)).toEqual(['cart'])
  })

  test.each([
    ['{server_process="nginx"}', 'server_process'],
    ['{node="n1"}', 'node'],
    ['{server_port="80"}', 'server_port'],
  ])('refuses %s, and says what can be asked', async (filter, label) => {
    const { status, body } = await get<Problem>(server, '/api/v1/cost', { ...whole, filter })
    expect(status).toBe(400)
    expect(body).toMatchObject({ parameter: 'filter' })
    expect(body.detail).toMatch(
      new RegExp(`not kept by ${label}; allowed are cluster, namespace, service, zone, region`),
    )
  })

  test('savings: replicas are known whatever the filter', async () => {
    for (const filter of ['', '{server_zone="eu-1b"}']) {
      const { savings } = await cost({ ...whole, filter })
      expect(savings.find((s) => s.kind === 'same-zone')).toMatchObject({
        title: 'Route shop to cart within eu-1a',
        client: { zone: 'eu-1a' },
        server: { zone: 'eu-1b' },
      })
    }
    const { savings } = await cost({ from: hour, to: at(2, 0) })
    expect(savings.map((s) => [s.kind, Number(s.per_month.toFixed(6))])).toEqual([
      ['bypass-nat-gateway', 97.2],
      ['same-region', 64.8],
      ['same-zone', 36],
    ])
  })

  test('beyond the number of pairs looked at, the rest is one pair by path, and no byte is lost', async () => {
    const statement = (maxRows?: number) =>
      trafficStatement({ range: whole, matchers: [], self: false, ...(maxRows === undefined ? {} : { maxRows }) })
    const run = async (maxRows?: number) => {
      const { text, params } = statement(maxRows)
      return (await store.query.query<Record<string, (string | number)[]>>(text, params)).columns
    }
    const [all, cut] = [await run(), await run(2)]
    const sum = (column: readonly (string | number)[] = []) => column.reduce<number>((s, v) => s + Number(v), 0)
    for (const name of ['client_to_server_wire_bytes', 'server_to_client_wire_bytes'])
      expect(sum(cut[name])).toBe(sum(all[name]))
    expect(sum(all.folded)).toBe(0)
    expect(sum(cut.folded)).toBe((all.folded?.length ?? 0) - 2)
    expect(cut.server_service?.filter((s) => s !== '(other)')).toHaveLength(2)
  })

  test('nothing seen costs nothing', async () => {
    const answer = await cost({ from: at(-20, 0), to: at(-10, 0) })
    expect(answer).toMatchObject({
      total: { cost: 0, per_day: 0, per_month: 0, wire_bytes: 0 },
      pairs: [],
      savings: [],
    })
  })

  test('a limit keeps the dearest and says how many are left out', async () => {
    const all = await cost(whole)
    const cut = await cost({ ...whole, limit: 1 })
    expect(cut.pairs).toEqual(all.pairs.slice(0, 1))
    expect(cut.pairs_left_out).toBe(all.pairs.length - 1)
    expect(cut.total).toEqual(all.total)
  })

  test('without a price table the built-in examples are told to be such', async () => {
    const other = testServer(store.query)
    await other.start()
    try {
      const { body } = await get<CostAnswer>(other, '/api/v1/cost', whole)
      expect(body.prices).toMatchObject({ source: 'built-in examples', example: true })
      expect(body.prices.entries.every((e) => e.source !== '' && e.date !== '' && e.text !== '')).toBe(true)
    } finally {
      await other.stop()
    }
  })
})
