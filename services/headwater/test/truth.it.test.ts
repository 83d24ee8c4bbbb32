import { join } from 'node:path'
import type { EdgesAnswer, FlowsAnswer, MapAnswer } from '@headwater/contracts'
import { connectStore, type StoreClient } from '@headwater/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../src/log/logger.js'
import { eventually, noAgent, skip, startUp, temporaryFolder, type Up } from './support/headwater.js'
import { LONG, type Ports, REFUSED, SHORT, truthPlan } from './support/plan.js'
import { closedPort, type Made, startClient, startServer, type TrafficProgram } from './support/traffic.js'

const CLIENT = 'truth-client'
const SERVER = 'truth-server'
const filter = encodeURIComponent(`{client_process="${CLIENT}"}`)

interface Sums {
  side: string
  process: string
  connects: number
  accepts: number
  closes: number
  failures: number
  tx: number
  rx: number
  connections: number
}

describe.skipIf(skip('the truth of 1,000 connections', noAgent))(
  '1,000 short connections, 10 long ones, 20 refused',
  () => {
    const folder = temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const programs: TrafficProgram<unknown>[] = []
    let up: Up
    let store: StoreClient
    let ports: Ports
    let made: Made[]
    let sent = 0
    let received = 0

    beforeAll(async () => {
      up = await startUp(dataDir)
      store = connectStore({ dataDir }, { role: 'query', logger: createLogger({ level: 'error', format: 'text' }) })
      await eventually('the agent', async () => {
        const status = await up.get<{ agent: { state: string } }>('/api/v1/status')
        return status.agent.state === 'running' ? true : undefined
      })
      const server = startServer(folder.path, SERVER, ['127.0.0.1', '::1', '::'])
      programs.push(server)
      const [v4 = 0, v6 = 0, dual = 0] = await server.said
      ports = { v4, v6, dual, closed: await closedPort() }
      const client = startClient(folder.path, CLIENT, truthPlan(ports))
      programs.push(client)
      made = await client.said
      const established = made.filter((m) => m.error === '')
      sent = established.reduce((sum, m) => sum + m.sent, 0)
      received = established.reduce((sum, m) => sum + m.received, 0)
      await eventually(
        'all rows',
        async () => {
          const rows = await sums()
          const complete = rows.length === 2 && rows.every((r) => r.tx + r.rx === sent + received && r.closes === SHORT)
          return complete ? true : undefined
        },
        30_000,
      ).catch(async () => undefined)
    })
    afterAll(async () => {
      for (const program of programs) program.stop()
      await store?.close()
      await up?.stop()
      folder.remove()
    })

    const query = async <T>(sql: string): Promise<T[]> => {
      const { columns, rows } = await store.query<Record<string, unknown[]>>(sql, { client: CLIENT, server: SERVER })
      return Array.from(
        { length: rows },
        (_, i) => Object.fromEntries(Object.entries(columns).map(([k, v]) => [k, v[i]])) as T,
      )
    }
    const sums = () =>
      query<Sums>(
        `SELECT side, process, sum(connects) AS connects, sum(accepts) AS accepts, sum(closes) AS closes, sum(failures) AS failures,
         sum(tx_bytes) AS tx, sum(rx_bytes) AS rx, uniqExact(netns, cookie) AS connections
       FROM flows WHERE process IN ({client:String}, {server:String}) GROUP BY side, process ORDER BY side`,
      )

    it('were made as planned', () => {
      expect(made.filter((m) => m.error === '')).toHaveLength(SHORT + LONG)
      expect(made.filter((m) => m.error === 'ECONNREFUSED')).toHaveLength(REFUSED)
    })

    it('are in the flows table from both ends, with the right process, side and bytes', async () => {
      expect(await sums()).toEqual([
        {
          side: 'client',
          process: CLIENT,
          connects: SHORT + LONG,
          accepts: 0,
          closes: SHORT,
          failures: REFUSED,
          tx: sent,
          rx: received,
          connections: SHORT + LONG + REFUSED,
        },
        {
          side: 'server',
          process: SERVER,
          connects: 0,
          accepts: SHORT + LONG,
          closes: SHORT,
          failures: 0,
          tx: received,
          rx: sent,
          connections: SHORT + LONG,
        },
      ])
    })

    it('have each its own bytes, to the last one, at both ends', async () => {
      interface Row {
        client_port: number
        server_port: number
        tx: number
        rx: number
      }
      const byConnection = (side: string, client: string, server: string, tx: string, rx: string) =>
        query<Row>(
          `SELECT ${client} AS client_port, ${server} AS server_port, sum(${tx}) AS tx, sum(${rx}) AS rx
         FROM flows WHERE side = '${side}' AND process IN ({client:String}, {server:String}) AND failures = 0
         GROUP BY netns, cookie, client_port, server_port`,
        )
      const text = (r: Row) => `${r.client_port}>${r.server_port} ${r.tx}/${r.rx}`
      const expected = made
        .filter((m) => m.error === '')
        .map((m) => text({ client_port: m.localPort, server_port: m.port, tx: m.sent, rx: m.received }))
        .sort()
      const client = await byConnection('client', 'local_port', 'remote_port', 'tx_bytes', 'rx_bytes')
      expect(client.map(text).sort()).toEqual(expected)
      const server = await byConnection('server', 'remote_port', 'local_port', 'rx_bytes', 'tx_bytes')
      expect(server.map(text).sort()).toEqual(expected)
    })

    it('count once where counted', async () => {
      const [counted] = await query<{ bytes: number; rows: number }>(
        `SELECT sum(tx_bytes + rx_bytes) AS bytes, count() AS rows FROM flows
       WHERE process IN ({client:String}, {server:String}) AND counted`,
      )
      expect(counted?.bytes).toBe(sent + received)
    })

    it('are paired by the same connection id at both ends', async () => {
      const pairs = await query<{ ends: number; n: number }>(
        `SELECT ends, count() AS n FROM (
         SELECT connection_id, uniqExact(side) AS ends FROM flows
         WHERE process IN ({client:String}, {server:String}) AND failures = 0 GROUP BY connection_id
       ) GROUP BY ends`,
      )
      expect(pairs).toEqual([{ ends: 2, n: SHORT + LONG }])
    })

    it('are one edge on the map, its bytes once', async () => {
      const map = await up.get<MapAnswer>(`/api/v1/map?group_by=process&from=now-15m&filter=${filter}`)
      const label = (id: string) => map.nodes.find((n) => n.id === id)?.label
      const edges = map.edges.filter((e) => label(e.source) === CLIENT)
      const edge = edges.find((e) => label(e.target) === SERVER)
      expect(edge).toMatchObject({
        connects: SHORT + LONG,
        closes: SHORT,
        open: LONG,
        client_to_server_bytes: sent,
        server_to_client_bytes: received,
      })
      expect(edges.reduce((sum, e) => sum + e.failures, 0)).toBe(REFUSED)
      expect(edges.reduce((sum, e) => sum + e.connects, 0)).toBe(SHORT + LONG)
    })

    it('are the same in the edges, with the reason of the failures', async () => {
      const { edges } = await up.get<EdgesAnswer>(`/api/v1/edges?group_by=process&from=now-15m&filter=${filter}`)
      const total = (pick: (e: EdgesAnswer['edges'][number]) => number) => edges.reduce((sum, e) => sum + pick(e), 0)
      expect(total((e) => e.connects)).toBe(SHORT + LONG)
      expect(total((e) => e.open)).toBe(LONG)
      expect(total((e) => e.failures)).toBe(REFUSED)
      expect(total((e) => e.failure_reasons.refused ?? 0)).toBe(REFUSED)
      expect(total((e) => e.client_to_server_bytes)).toBe(sent)
    })

    it('show both names in the list of flows', async () => {
      const { flows } = await up.get<FlowsAnswer>(`/api/v1/flows?from=now-15m&limit=200&filter=${filter}`)
      const clients = flows.filter((f) => f.side === 'client' && f.failures === 0)
      expect(clients.length).toBeGreaterThan(0)
      expect(new Set(clients.map((f) => `${f.process} ${f.remote_process}`))).toEqual(new Set([`${CLIENT} ${SERVER}`]))
    })

    it('lose nothing on the way', async () => {
      const { completeness } = await up.get<{ completeness: { delivered: number | null } }>('/api/v1/completeness')
      expect(completeness.delivered ?? 1).toBe(1)
    })
  },
)
