import type { Grouping, SeriesAnswer } from '@headwater/contracts/api'
import { groupings } from '@headwater/contracts/api'
import type { Format, QueryType, Split } from '../../../model/query.js'

export interface Choice<T extends string> {
  value: T
  label: string
  description?: string
}

const types: Record<QueryType, [string, string]> = {
  map: ['Map', 'nodes and edges, for the Headwater map and for Node graph'],
  services: ['Services', 'one row for each service, with its health'],
  edges: ['Edges', 'one row for each client and server'],
  series: ['Series', 'bytes, connections, failures and times, over time'],
  flows: ['Flows', 'rows as the agents reported them, newest first'],
  dns: ['DNS', 'questions for names, what came of them and how long they took'],
  cost: ['Cost', 'what the traffic costs, by pair of services'],
  nodes: ['Nodes', 'the agents: state, version, loss, own cost'],
  completeness: ['Completeness', 'how much of the truth the answers hold'],
  changes: ['Changes', 'new edges, health changes, silent nodes: for annotations'],
}
const choices = <T extends string>(of: Record<T, [string, string]>): Choice<T>[] =>
  (Object.entries(of) as [T, [string, string]][]).map(([value, [label, description]]) => ({
    value,
    label,
    description,
  }))

export const typeChoices = choices(types)
export const groupingChoices: Choice<Grouping>[] = groupings.map((value) => ({ value, label: value }))
export const splitChoices = choices<Split>({
  none: ['All together', 'one series for each field'],
  edge: ['Each edge', 'labels of client and server'],
  client: ['Each client', 'labels of the client'],
  server: ['Each server', 'labels of the server'],
})

const all: Record<Format, [string, string]> = {
  frames: ['Frames', 'what the panels of this type read'],
  table: ['Table', 'one table'],
  node_graph: ['Node graph', "two tables for Grafana's Node graph"],
  long: ['Numbers for alerts', 'one number and its labels'],
}
const formats: Partial<Record<QueryType, Format[]>> = {
  map: ['frames', 'node_graph', 'table', 'long'],
  flows: ['table'],
  dns: ['table'],
  changes: ['table'],
  series: ['frames', 'long'],
}
export const formatChoices = (type: QueryType): Choice<Format>[] =>
  choices(all).filter((c) => (formats[type] ?? ['table', 'long']).includes(c.value))

const series: Record<keyof SeriesAnswer['series'], [string, string]> = {
  client_to_server_bytes: ['Bytes to server', 'client_to_server_bytes'],
  server_to_client_bytes: ['Bytes to client', 'server_to_client_bytes'],
  connects: ['Connections', 'connects'],
  failures: ['Failures', 'failures'],
  retransmits: ['Segments sent again', 'retransmits'],
  open: ['Open connections', 'open'],
  connect_us: ['Connect time', 'connect_us'],
  srtt_us: ['Round trip', 'srtt_us'],
}
export const fieldChoices = (type: QueryType): Choice<string>[] => (type === 'series' ? choices(series) : [])

export const hasSplit = (type: QueryType): boolean => type === 'series'
export const hasLimit = (type: QueryType): boolean => type !== 'completeness' && type !== 'nodes'
