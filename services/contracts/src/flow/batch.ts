import { z } from 'zod'
import { MAX_LOSSES } from './bounds.js'
import type { AgentColumns } from './columns.js'

const count = z.number().int().nonnegative()

/** What was lost or not told in time beside rows, by name; cumulative over the agent instance. What is not named is 0. */
export const lossesSchema = z
  .record(z.string().min(1).max(64), count)
  .refine((losses) => Object.keys(losses).length <= MAX_LOSSES, `at most ${MAX_LOSSES} losses have names`)

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
  /** Rows that were made or should have been and will not come, by reason. */
  dropped: z.record(z.string().max(64), count).default({}),
  /** What else the probe and its agent lost: none of it is a row of `dropped`. Absent where there is nothing. */
  losses: lossesSchema.optional(),
  /** Left out by the agent's configuration, and no part of `produced`; absent where it leaves nothing out. Cumulative as they are. */
  excluded: z.object({ rows: count, bytes: count }).optional(),
})
export type BatchMeta = z.infer<typeof batchMetaSchema>

/** One batch of flow rows of one agent: what one message on the flows topic holds. */
export interface FlowBatch {
  meta: BatchMeta
  rows: number
  columns: AgentColumns
}
