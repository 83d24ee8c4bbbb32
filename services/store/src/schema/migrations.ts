import { edges1mDdl, edges1mViewDdl } from './edges.js'
import { flowsDdl } from './flows.js'
import { tablesDdl } from './tables.js'

/** What migrations are made for. */
export interface MigrationContext {
  database: string
  rawRetentionDays: number
}

/**
 * One numbered step. Its statements can be run again, also while another process runs them: they say IF [NOT] EXISTS.
 * Columns that the column table gains need no step: migrate() adds what `flows` lacks.
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
]

/** The newest schema that this program knows. */
export const LATEST_SCHEMA = migrations.at(-1)?.version ?? 0
