import { dnsColumns, flowColumns } from '@headwater/contracts'
import { dnsDdl } from './dns.js'
import { edges1hDdl, edges1hViewDdl, edges1mDdl, edges1mViewDdl, fillEdges1h } from './edges.js'
import { addFlowColumnsDdl, codecsDdl, compactDdl, flowsDdl, mergesDdl } from './flows.js'
import {
  busLagDdl,
  dnsBatchesDdl,
  endpointColumnsDdl,
  leftOutDdl,
  limitsDdl,
  listenerColumnsDdl,
  lossesDdl,
  nodeColumnsDdl,
  nodeCostDdl,
  nodeLossesDdl,
  tablesDdl,
} from './tables.js'
import { zones1hDdl, zones1hViewDdl } from './zones.js'

/** What migrations are made for. */
export interface MigrationContext {
  database: string
  rawRetentionDays: number
}

/**
 * One numbered step. Its statements can be run again, also while another process runs them: they say IF [NOT] EXISTS.
 * Columns that a column table gains need no step: migrate() adds what `flows` and `dns` lack.
 */
export interface Migration {
  version: number
  name: string
  statements(context: MigrationContext): string[]
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'flows, edges_1m, batches, nodes, listeners, endpoints, dead_letters',
    statements: ({ database, rawRetentionDays }) => [
      flowsDdl(database, rawRetentionDays),
      edges1mDdl(database),
      edges1mViewDdl(database),
      ...tablesDdl(database),
    ],
  },
  {
    version: 2,
    name: 'edges_1h, zones_1h, who holds an endpoint',
    statements: ({ database }) => [
      addFlowColumnsDdl(database),
      endpointColumnsDdl(database),
      edges1hDdl(database),
      // Before the view is there: each row gets in once, as long as nobody inserts meanwhile.
      fillEdges1h(database),
      edges1hViewDdl(database),
      zones1hDdl(database),
      zones1hViewDdl(database),
    ],
  },
  {
    version: 3,
    name: 'clocks of nodes',
    statements: ({ database }) => [nodeColumnsDdl(database)],
  },
  {
    version: 4,
    name: 'listening sockets one by one',
    statements: ({ database }) => [listenerColumnsDdl(database)],
  },
  {
    version: 5,
    name: 'dns',
    statements: ({ database, rawRetentionDays }) => [dnsDdl(database, rawRetentionDays)],
  },
  {
    version: 6,
    name: 'what agents cost, limits of nodes',
    statements: ({ database }) => [nodeCostDdl(database), limitsDdl(database)],
  },
  {
    version: 7,
    name: 'losses, batches of dns',
    statements: ({ database, rawRetentionDays }) => [
      nodeLossesDdl(database),
      lossesDdl(database),
      ...dnsBatchesDdl(database, rawRetentionDays),
    ],
  },
  {
    version: 8,
    name: 'codecs, fewer files and merges',
    statements: ({ database }) => [
      codecsDdl(database, 'flows', flowColumns),
      codecsDdl(database, 'dns', dnsColumns),
      compactDdl(database),
      ...['flows', 'edges_1m', 'edges_1h', 'zones_1h', 'batches'].map((table) => mergesDdl(database, table)),
    ],
  },
  {
    version: 9,
    name: 'left_out, bus_lag',
    statements: ({ database }) => [leftOutDdl(database), busLagDdl(database)],
  },
]

/** The newest schema that this program knows. */
export const LATEST_SCHEMA = migrations.at(-1)?.version ?? 0
