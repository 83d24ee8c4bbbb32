import { endpointSchema, flowColumnNames, flowColumns } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deadLetterRow, endpointRow, listenerRows, nodeRow } from '../client/rows.js'
import { encodeFlows } from '../native/encode.js'
import { clickhouseTypes } from '../native/types.js'
import { type FlowRow, flowBlock, ipv4, startTestStore, type TestStore } from '../testing/index.js'

let store: TestStore
beforeAll(async () => {
  store = await startTestStore()
})
afterAll(() => store?.stop())

const now = Math.floor(Date.now() / 60_000) * 60_000

async function insert(rows: FlowRow[], token: string): Promise<void> {
  const block = flowBlock(rows, now)
  await store.ingest.insertNative('flows', encodeFlows(block.columns, block.rows), { token })
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
    await store.admin.command('TRUNCATE TABLE headwater.flows')
    await store.admin.command('TRUNCATE TABLE headwater.edges_1m')
    await store.admin.command('TRUNCATE TABLE headwater.batches')
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

describe('edges_1m and batches', () => {
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

  it('takes a block once, however often it is sent, in the table and in what derives from it', async () => {
    const counts = () =>
      one(
        'SELECT (SELECT count() FROM flows) AS flows, (SELECT sum(rows) FROM edges_1m) AS edges, (SELECT count() FROM batches) AS batches',
      )
    const before = await counts()
    await insert(rows, '0:1-2')
    expect(await counts()).toEqual(before)
    await insert(rows, '0:3-4')
    expect(await counts()).toEqual({ flows: 12, edges: 12, batches: 4 })
  })

  it('heals what derives from a block that landed without it', async () => {
    const block = flowBlock([{ remote_service: 'healed', tx_bytes: 5n, sequence: 9n }], now)
    const bytes = encodeFlows(block.columns, block.rows)
    // What a kill between the table and its views leaves behind: the block is in flows, and only there.
    await store.admin.command('DROP TABLE headwater.edges_1m_view')
    await store.ingest.insertNative('flows', bytes, { token: '0:9-9' })
    const { edges1mViewDdl } = await import('./edges.js')
    await store.admin.command(edges1mViewDdl('headwater'))
    await store.ingest.insertNative('flows', bytes, { token: '0:9-9' })
    await store.ingest.insertNative('flows', bytes, { token: '0:9-9' })
    const where = "WHERE remote_service = 'healed'"
    expect(await one(`SELECT count() AS n FROM flows ${where}`)).toEqual({ n: 1 })
    expect(await one("SELECT sum(client_to_server_bytes) AS b FROM edges_1m WHERE server_service = 'healed'")).toEqual({
      b: 5,
    })
    expect(await one('SELECT count() AS n FROM batches WHERE sequence = 9')).toEqual({ n: 1 })
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
    kernel_records: { close: 9 },
    cost: { cpu_user_us: 1, cpu_system_us: 2, rss_bytes: 3 },
    capabilities: [{ name: 'btf', ok: true, required: true, reason: '', lost: '', fix: '' }],
    listeners: [
      { netns: 1, address: '127.0.0.1', port: 80, pid: 7, process: 'nginx', backlog: 1, backlog_max: 128, drops: 4 },
    ],
  }

  it('keeps a node report and its listeners', async () => {
    await store.ingest.insertRows('nodes', [nodeRow(report)], { token: 'n1' })
    await store.ingest.insertRows('nodes', [nodeRow(report)], { token: 'n1' })
    await store.ingest.insertRows('listeners', listenerRows(report))
    expect(
      await one(
        'SELECT count() AS n, any(toUnixTimestamp64Milli(time)) AS time, any(stopping) AS stopping, any(produced_rows) AS rows, any(dropped) AS dropped, any(capabilities) AS capabilities FROM nodes',
      ),
    ).toEqual({
      n: 1,
      time: now + 123,
      stopping: 1,
      rows: 5,
      dropped: { full: 3 },
      capabilities: JSON.stringify(report.capabilities),
    })
    expect(await one('SELECT toString(address) AS address, port, process, drops FROM listeners')).toEqual({
      address: '::ffff:127.0.0.1',
      port: 80,
      process: 'nginx',
      drops: 4,
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
