import { z } from 'zod'
import type { AgentColumns } from './columns.js'

/** The schema version that this code writes. Readers match columns by name, whatever the version. */
export const SCHEMA_VERSION = 1

const count = z.number().int().nonnegative()

/**
 * What is said once per batch; carried as the Arrow schema's metadata, key `headwater`, as JSON.
 * `produced` and `dropped` are cumulative over the agent instance and include this batch, so that a lost batch shows.
 */
export const batchMetaSchema = z.object({
  schema_version: z.number().int().positive(),
  instance: z.string().min(1).max(64),
  sequence: z.number().int().positive(),
  cluster: z.string().min(1).max(253),
  node: z.string().min(1).max(253),
  realm: z.string().min(1).max(253),
  zone: z.string().max(253).default(''),
  region: z.string().max(253).default(''),
  agent_version: z.string().max(64).default(''),
  produced: z.object({ rows: count, batches: count }),
  dropped: z.record(z.string().max(64), count).default({}),
})
export type BatchMeta = z.infer<typeof batchMetaSchema>

/** One batch of flow rows of one agent: what one message on the flows topic holds. */
export interface FlowBatch {
  meta: BatchMeta
  rows: number
  columns: AgentColumns
}
