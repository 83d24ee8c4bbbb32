import { z } from 'zod'

const count = z.number().nonnegative()

/** What became of an edge between two ranges of time. */
export const edgeChangeSchema = z.object({
  kind: z.enum(['new', 'gone', 'changed', 'same']),
  reason: z.string().describe('one sentence with the figures; empty where it is the same'),
  before: z
    .object({
      client_to_server_bytes: count,
      server_to_client_bytes: count,
      connects: count,
      failures: count,
    })
    .nullable()
    .describe('in the range compared with, scaled to the length of the range asked for; null where it is new'),
})
export type EdgeChange = z.infer<typeof edgeChangeSchema>

export const nodeChangeSchema = z.object({ kind: z.enum(['new', 'gone', 'same']) })
export type NodeChange = z.infer<typeof nodeChangeSchema>
