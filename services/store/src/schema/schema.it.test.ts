import { endpointSchema, flowColumnNames, flowColumns } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deadLetterRow, endpointRow, limitRows, listenerRows, nodeRow } from '../client/rows.js'
import { encodeFlows } from '../native/tables.js'
import { clickhouseTypes } from '../native/types.js'
import { type FlowRow, flowBlock, ipv4, startTestStore, type TestStore } from '../testing/index.js'
import * as edgesDdl from './edges.js'
import * as zonesDdl from './zones.js'

type Ddl = typeof edgesDdl & typeof zonesDdl

let store: TestStore
beforeAll(async () => {
  store = await startTestStore()
})
afterAll(() => store?.stop())

const now = Math.floor(Date.now() / 60_000) * 60_000

async function insert(rows: FlowRow[], token: string): Promise<void> {
  const block = flowBlock(rows, now)
  await store.ingest.insertNative('flows', encodeFlows([block]), { token })
}

const one = async (sql: string): Promise<Record<string, unknown>> => {
  const { columns } = await store.query.query(sql)
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[0]]))
}

describe('flows', () => {
  it('has exactly the columns of the column table', async () => {
    const { columns } = await store.query.query<{ name: string[]; type: string[] }>('DESCRIBE TABLE flows')
    const described = columns.name.map((name, i) => [name, columns.type[i]])
    expect(described).toEqual(flowColumnNames.map((name) => [name, clickhouseTypes[flowColumns[name].kind]]))
  })

  it('prunes by time within a partition', async () => {
    await insert([{}, { time: now - 3_600_000 }], 'prune')
    const { columns } = await store.query.query<{ explain: string[] }>(
      'EXPLAIN indexes = 1 SELECT count() FROM flows WHERE time > now() - 30 AND tx_bytes > 0',
    )
    expect(columns.explain.join('\n')).toContain('Name: ix_time')
    for (const table of ['flows', 'edges_1m', 'edges_1h', 'zones_1h', 'batches'])
      await store.admin.command(`TRUNCATE TABLE headwater.${table}`)
  })
})

const edge = { local_port: 40_000, remote_port: 443, failures: 0 }
/** One connection seen from both ends, a refused one, and a pair of peers. */
const rows: FlowRow[] = [
  {
    ...edge,
    tx_bytes: 100n,
    rx_bytes: 7n,
    tx_packets: 2n,
    connects: 1,
    connect_us: 1_000,
    srtt_us: 8,
    resets_tx: 1,
    sequence: 1n,
  },
  { ...edge, tx_bytes: 50n, rx_bytes: 3n, closes: 1, connect_us: 1_000, srtt_us: 9, retransmits: 4, sequence: 2n },
  {
    side: 'server',
    counted: 0,
    local_ip: ipv4(10, 0, 0, 2),
    remote_ip: ipv4(10, 0, 0, 1),
    local_port: 443,
    remote_port: 40_000,
    local_service: 'cart',
    remote_service: 'shop',
    remote_cluster: 'test',
    tx_bytes: 10n,
    rx_bytes: 150n,
    accepts: 1,
    closes: 1,
    resets_rx: 1,
    sequence: 2n,
  },
  { ...edge, remote_service: 'away', failures: 2, failure_reason: 'refused', sequence: 2n },
  { ...edge, remote_service: 'away', failures: 1, failure_reason: 'timeout', sequence: 2n },
  {
    side: 'peer',
    local_ip: ipv4(10, 0, 0, 9),
    local_port: 5_000,
    remote_ip: ipv4(10, 0, 0, 3),
    remote_port: 5_001,
    local_service: 'nine',
    remote_service: 'three',
    tx_bytes: 11n,
    rx_bytes: 22n,
    sequence: 2n,
  },
]

describe('rollups and batches', () => {
  beforeAll(() => insert(rows, '0:1-2'))

  it('adds up to the raw rows, in all and as counted', async () => {
    const sums = 'sum(connects) AS c, sum(accepts) AS a, sum(closes) AS cl, sum(failures) AS f, sum(retransmits) AS r'
    expect(await one(`SELECT ${sums} FROM edges_1m`)).toEqual(await one(`SELECT ${sums} FROM flows`))
    const counted = 'WHERE counted'
    const raw = await one(`SELECT sum(tx_bytes) + sum(rx_bytes) AS bytes, count() AS rows FROM flows ${counted}`)
    const rolled = await one(
      `SELECT sum(client_to_server_bytes) + sum(server_to_client_bytes) AS bytes, sum(rows) AS rows FROM edges_1m ${counted}`,
    )
    expect(rolled).toEqual(raw)
  })

  it.each(['edges_1h', 'zones_1h'])('adds up in %s to what edges_1m has', async (table) => {
    const names = [
      'client_to_server_bytes',
      'server_to_client_bytes',
      'client_to_server_wire_bytes',
      'server_to_client_wire_bytes',
      'connects',
    ]
    const sums = (of: string) =>
      one(
        `SELECT ${names.map((n) => `sum(${n}) AS all_${n}, sumIf(${n}, counted) AS counted_${n}`).join(', ')} FROM ${of}`,
      )
    expect(await sums(table)).toEqual(await sums('edges_1m'))
  })

  it('has each column of edges_1m by hour', async () => {
    const described = async (table: string) => (await store.query.query(`DESCRIBE TABLE ${table}`)).columns
    const [minutes, hours] = [await described('edges_1m'), await described('edges_1h')]
    expect([hours.name, hours.type]).toEqual([minutes.name, minutes.type])
    const all = minutes.name?.filter((n) => n !== 'time').map((n) => `sum(cityHash64(toString(${n}))) AS ${n}`)
    const grouped = (table: string) => `SELECT ${all?.join(', ')} FROM (SELECT * FROM ${table} FINAL)`
    // All rows are of one minute: the two tables then differ in nothing but the time.
    expect(await one(grouped('edges_1h'))).toEqual(await one(grouped('edges_1m')))
    expect(await one('SELECT any(time = toStartOfHour(time)) AS whole FROM edges_1h')).toEqual({ whole: 1 })
  })

  it('shows both ends of a connection as one edge, each from its side', async () => {
    const { columns } = await store.query.query(
      `SELECT side, any(client_service) AS client, any(server_service) AS server, any(server_port) AS port,
         sum(client_to_server_bytes) AS up, sum(server_to_client_bytes) AS down, sum(resets_client) AS rc, sum(resets_server) AS rs
       FROM edges_1m WHERE server_service = 'cart' GROUP BY side ORDER BY side`,
    )
    expect(columns).toEqual({
      side: ['client', 'server'],
      client: ['shop', 'shop'],
      server: ['cart', 'cart'],
      port: [443, 443],
      up: [150, 150],
      down: [10, 10],
      rc: [1, 1],
      rs: [0, 0],
    })
  })

  it('takes the lower address of peers as the client', async () => {
    expect(
      await one(`SELECT client_service, server_service, server_port, sum(client_to_server_bytes) AS up, sum(server_to_client_bytes) AS down
                 FROM edges_1m WHERE side = 'peer' GROUP BY ALL`),
    ).toEqual({ client_service: 'three', server_service: 'nine', server_port: 5_000, up: 22, down: 11 })
  })

  it('counts failures by reason and connect times once, and puts latencies into buckets', async () => {
    expect(
      await one("SELECT sumMap(failures_by_reason) AS by_reason FROM edges_1m WHERE server_service = 'away'"),
    ).toEqual({
      by_reason: { refused: 2, timeout: 1 },
    })
    expect(
      await one(`SELECT sum(connect_us_sum) AS sum, sum(connect_us_count) AS n, sumMap(connect_us_histogram) AS connect,
                 sum(srtt_us_sum) AS srtt_sum, sum(srtt_us_count) AS srtt_n, sumMap(srtt_us_histogram) AS srtt
                 FROM edges_1m WHERE server_service = 'cart'`),
    ).toEqual({ sum: 1_000, n: 1, connect: { 39: 1 }, srtt_sum: 17, srtt_n: 2, srtt: { 12: 2 } })
  })

  it('lists the batches with the token of the insert that brought them', async () => {
    const { columns } = await store.query.query(
      'SELECT instance, sequence, node, rows, token FROM batches ORDER BY sequence',
    )
    expect(columns).toEqual({
      instance: ['instance-1', 'instance-1'],
      sequence: [1, 2],
      node: ['node-1', 'node-1'],
      rows: [1, 5],
      token: ['0:1-2', '0:1-2'],
    })
  })

  it('takes a block once, however often it is sent, in the table and in all that derives from it', async () => {
    const counts = () =>
      one(
        `SELECT (SELECT count() FROM flows) AS flows, (SELECT sum(rows) FROM edges_1m) AS minutes,
           (SELECT sum(rows) FROM edges_1h) AS hours, (SELECT sum(client_to_server_bytes) FROM zones_1h) AS zones,
           (SELECT count() FROM batches) AS batches`,
      )
    const before = await counts()
    expect(before).toEqual({ flows: 6, minutes: 6, hours: 6, zones: 322, batches: 2 })
    await insert(rows, '0:1-2')
    expect(await counts()).toEqual(before)
    await insert(rows, '0:3-4')
    expect(await counts()).toEqual({ flows: 12, minutes: 12, hours: 12, zones: 644, batches: 4 })
  })

  // What a kill between a table and what derives from it leaves behind: the block is in the tables before, and only there.
  it.each([
    ['edges_1m_view', (m: Ddl) => m.edges1mViewDdl],
    ['edges_1h_view', (m: Ddl) => m.edges1hViewDdl],
    ['zones_1h_view', (m: Ddl) => m.zones1hViewDdl],
  ])('heals what derives from a block that landed without %s', async (view, ddl) => {
    const service = `without-${view}`
    const sequence = BigInt(100 + view.charCodeAt(6))
    const block = flowBlock([{ remote_service: service, tx_bytes: 5n, sequence }], now)
    const bytes = encodeFlows([block])
    const token = `0:${view}`
    await store.admin.command(`DROP TABLE headwater.${view}`)
    await store.ingest.insertNative('flows', bytes, { token })
    await store.admin.command(ddl({ ...edgesDdl, ...zonesDdl })('headwater'))
    await store.ingest.insertNative('flows', bytes, { token })
    await store.ingest.insertNative('flows', bytes, { token })
    expect(await one(`SELECT count() AS n FROM flows WHERE remote_service = '${service}'`)).toEqual({ n: 1 })
    for (const table of ['edges_1m', 'edges_1h', 'zones_1h']) {
      const sql = `SELECT sum(client_to_server_bytes) AS b FROM ${table} WHERE server_service = '${service}'`
      expect({ table, ...(await one(sql)) }).toEqual({ table, b: 5 })
    }
  })
})

describe('zones_1h', () => {
  it('turns the places of both ends so that the client is the client', async () => {
    const places = { local_zone: 'a', local_region: 'x', remote_zone: 'b', remote_region: 'y' }
    const path: FlowRow = {
      path_class: 'cross-region',
      nat_gateway: 'nat-1',
      local_service: 'placed',
      remote_cluster: 'far',
    }
    await insert(
      [
        { ...places, ...path, tx_wire_bytes: 10n, rx_wire_bytes: 1n },
        { ...places, ...path, side: 'server', counted: 0, tx_wire_bytes: 10n, rx_wire_bytes: 1n },
      ],
      'zones',
    )
    const { columns } = await store.query.query(
      `SELECT side, counted, client_cluster, client_zone, client_region, client_service, server_cluster, server_zone, server_region,
         server_service, path_class, nat_gateway, client_to_server_wire_bytes AS up, server_to_client_wire_bytes AS down
       FROM zones_1h WHERE nat_gateway != '' ORDER BY side`,
    )
    expect(columns).toEqual({
      side: ['client', 'server'],
      counted: [1, 0],
      client_cluster: ['test', 'far'],
      client_zone: ['a', 'b'],
      client_region: ['x', 'y'],
      client_service: ['placed', 'cart'],
      server_cluster: ['far', 'test'],
      server_zone: ['b', 'a'],
      server_region: ['y', 'x'],
      server_service: ['cart', 'placed'],
      path_class: ['cross-region', 'cross-region'],
      nat_gateway: ['nat-1', 'nat-1'],
      up: [10, 1],
      down: [1, 10],
    })
  })
})

describe('the small tables', () => {
  const report = {
    instance: 'i',
    cluster: 'c',
    node: 'n',
    realm: 'c',
    zone: '',
    region: '',
    time: now + 123,
    started: now - 5_000,
    stopping: true,
    interval_ms: 5_000,
    version: '0.1.0',
    kernel: '6.1',
    arch: 'x64',
    profile: 'standard',
    produced: { rows: 5, batches: 2 },
    dropped: { full: 3 },
    losses: { slots_taken: 4 },
    dns: { produced: { rows: 7, batches: 6 }, dropped: { replaced: 1 } },
    kernel_records: { close: 9 },
    cost: {
      ...{ cpu_user_us: 1, cpu_system_us: 2, rss_bytes: 3, ring_bytes: 64, ring_peak_bytes: 8, kernel_bytes: 9 },
      programs: [{ name: 'iter_tcp', runs: 2, run_ns: 1500 }],
    },
    budget: { cpu_budget: 0.03, cpu_used: 0.05, walk_interval_ms: 30_000, given_up: ['UDP and DNS'] },
    capabilities: [{ name: 'btf', ok: true, required: true, reason: '', lost: '', fix: '' }],
    limits: [{ kind: 'ports', netns: 7, address: 'fd00::1', used: 3, max: 4 }],
    listeners: [
      {
        cookie: '18446744073709551615',
        netns: 1,
        address: '127.0.0.1',
        port: 80,
        pid: 7,
        process: 'nginx',
        backlog: 1,
        backlog_max: 128,
        handshakes: 2,
        drops: 4,
        overflows: 3,
      },
    ],
  }

  it('keeps a node report and its listeners', async () => {
    await store.ingest.insertRows('nodes', [nodeRow(report)], { token: 'n1' })
    await store.ingest.insertRows('nodes', [nodeRow(report)], { token: 'n1' })
    await store.ingest.insertRows('listeners', listenerRows(report))
    await store.ingest.insertRows('limits', limitRows(report))
    expect(await one('SELECT kind, netns, address, used, max FROM limits')).toEqual(report.limits[0])
    expect(
      await one(
        'SELECT count() AS n, any(toUnixTimestamp64Milli(time)) AS time, any(stopping) AS stopping, any(produced_rows) AS rows, any(dropped) AS dropped, any(losses) AS losses, any([dns_produced_rows, dns_produced_batches]) AS dns, any(dns_dropped) AS dns_dropped, any(capabilities) AS capabilities, any(ring_peak_bytes) AS peak, any(kernel_bytes) AS kernel, any(program_run_ns) AS ns, any(given_up) AS given_up, any(walk_interval_ms) AS walk FROM nodes',
      ),
    ).toEqual({
      n: 1,
      time: now + 123,
      stopping: 1,
      rows: 5,
      dropped: { full: 3 },
      losses: { slots_taken: 4 },
      dns: [7, 6],
      dns_dropped: { replaced: 1 },
      capabilities: JSON.stringify(report.capabilities),
      peak: 8,
      kernel: 9,
      ns: { iter_tcp: 1500 },
      given_up: ['UDP and DNS'],
      walk: 30_000,
    })
    const socket =
      'toString(cookie) AS cookie, toString(address) AS address, port, process, handshakes, drops, overflows'
    expect(await one(`SELECT ${socket} FROM listeners`)).toEqual({
      cookie: '18446744073709551615',
      address: '::ffff:127.0.0.1',
      port: 80,
      process: 'nginx',
      handshakes: 2,
      drops: 4,
      overflows: 3,
    })
  })

  it('keeps the history of an address, and of one holding what was told last', async () => {
    const endpoint = endpointSchema.parse({
      kind: 'listener',
      realm: 'r',
      cluster: 'c',
      node: 'n',
      instance: 'i',
      netns: 1,
      address: 'fe80::1',
      port: 80,
      pid: 1,
      process: 'a',
      process_start: now - 1000,
      service: 'shop',
      service_source: 'otel',
      namespace: 'prod',
      unit: 'shop.service',
      container_name: 'shop-1',
      container_image: 'shop:1',
      labels: { app: 'shop', "it's": '"' },
      valid_from: now,
    })
    await store.ingest.insertRows('endpoints', [endpointRow(endpoint, now)])
    await store.ingest.insertRows('endpoints', [endpointRow({ ...endpoint, valid_to: now + 10 }, now + 10)])
    await store.ingest.insertRows('endpoints', [
      endpointRow({ ...endpoint, valid_from: now + 10, process: 'b' }, now + 10),
    ])
    const { columns } = await store.query.query(
      'SELECT process, toUnixTimestamp64Milli(valid_from) AS valid_from, toUnixTimestamp64Milli(valid_to) AS valid_to FROM endpoints FINAL ORDER BY valid_from',
    )
    expect(columns).toEqual({ process: ['a', 'b'], valid_from: [now, now + 10], valid_to: [now + 10, null] })
    expect(
      await one(
        `SELECT toUnixTimestamp64Milli(process_start) AS process_start, service, service_source, namespace, unit, container_name,
           container_image, labels FROM endpoints FINAL LIMIT 1`,
      ),
    ).toEqual({
      process_start: now - 1000,
      service: 'shop',
      service_source: 'otel',
      namespace: 'prod',
      unit: 'shop.service',
      container_name: 'shop-1',
      container_image: 'shop:1',
      labels: { app: 'shop', "it's": '"' },
    })
  })

  it('keeps dead letters, long ones cut', async () => {
    const letter = {
      time: now,
      topic: 't',
      partition: 3,
      offset: 2n ** 60n,
      key: 'k',
      reason: 'decode',
      detail: 'x',
      headers: { a: 'b' },
    }
    await store.ingest.insertRows('dead_letters', [deadLetterRow({ ...letter, value: new Uint8Array(2 ** 21) })])
    expect(
      await one(
        'SELECT toString(offset) AS offset, headers, length(base64Decode(value)) AS kept, value_bytes FROM dead_letters',
      ),
    ).toEqual({
      offset: (2n ** 60n).toString(),
      headers: { a: 'b' },
      kept: 2 ** 20,
      value_bytes: 2 ** 21,
    })
  })
})
