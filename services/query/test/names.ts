import type { StoreClient } from '@headwater/store'
import { every, NETNS, type Place } from './faults.js'
import type { Row } from './rows.js'

/** Outside of all that is observed, as a table of address ranges names it. */
export const RESOLVER = '10.1.0.53'
const PORT = 53

export interface Question {
  client: Place
  time: number
  rcode?: string
  us?: number
  lost?: boolean
}

/** The client's row of a conversation with the name server: what an edge of the map is made of. */
export const conversation = (client: Place, time: number): Row => ({
  time,
  start: time - 5,
  cluster: client.cluster,
  node: client.node,
  realm: client.cluster,
  netns: NETNS,
  cookie: time % 1_000_000,
  side: 'client',
  side_source: 'guess',
  counted: 1,
  transport: 'udp',
  local_ip: client.ip,
  local_port: 40_000,
  remote_ip: RESOLVER,
  remote_port: PORT,
  tx_bytes: 40,
  rx_bytes: 60,
  tx_packets: 1,
  rx_packets: 1,
  pid: 7,
  process: client.process,
  local_service: client.service,
  remote_service: 'resolver',
  remote_class: 'private',
})

export const talks = (client: Place, from: number, to: number): Row[] =>
  every(1_000, from, to, (time) => [conversation(client, time)])

/** Stores rows of `dns`. */
export async function insertQuestions(store: StoreClient, questions: readonly Question[]): Promise<void> {
  const rows = questions.map(({ client, time, rcode = 'NOERROR', us = 900, lost = false }) => ({
    ...{ time, cluster: client.cluster, node: client.node, netns: NETNS, transport: 'udp', local_ip: client.ip },
    ...{ server_ip: RESOLVER, server_port: PORT, query_name: 'cart.shop', query_type: 'A', count: 1, pid: 7 },
    ...{ rcode: lost ? '' : rcode, duration_us: lost ? 5_000_000 : us, timed_out: lost ? 1 : 0 },
    ...{ process: client.process, local_service: client.service },
  }))
  const columns = Object.keys(rows[0] ?? {})
  const text = (value: string | number, name: string) =>
    name === 'time'
      ? `fromUnixTimestamp64Milli(${value})`
      : name.endsWith('_ip')
        ? `toIPv6('${value}')`
        : typeof value === 'number'
          ? `${value}`
          : `'${value}'`
  const values = rows.map((row) => `(${Object.entries(row).map(([name, value]) => text(value, name))})`)
  await store.command(`INSERT INTO headwater.dns (${columns}) VALUES ${values}`)
}
