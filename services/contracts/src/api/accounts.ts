import { z } from 'zod'
import { completenessSchema, rangeSchema } from './answers.js'

const count = z.number().int().nonnegative()
const ms = z.number().describe('Unix ms')
const some = z.object({ rows: count, batches: count })

/** What became of the rows of one topic. produced = stored + dropped (of batches) + dead + unaccounted; copies and replays apart. */
export const accountSchema = z.object({
  produced: some.describe(
    'made by the agent, as its reports say; of what came after its last report, what is stored or dead',
  ),
  stored: some.describe('of them, in the store'),
  dropped: z
    .record(z.string(), count)
    .describe(
      'rows that the agent did not deliver, by reason; those of outbox-full, bus-..., undelivered and encode-failed are in produced, the others were never made',
    ),
  dead: z
    .record(z.string(), some)
    .describe('put aside, by the reason of their dead letters; batches of which other rows are stored are not counted'),
  duplicate: some.describe('left out, since another message had brought them: in no other count'),
  replayed: some.describe('of the dead, stored since by a replay'),
  delivered: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('rows stored and replayed / rows produced; null where none was'),
})
export type Account = z.infer<typeof accountSchema>

export const accountSumSchema = accountSchema.extend({
  unaccounted: count.describe('rows produced that are in no other count: under way, or lost'),
})
export type AccountSum = z.infer<typeof accountSumSchema>

/** The accounts of one agent instance. */
export const instanceAccountsSchema = z.object({
  cluster: z.string(),
  node: z.string(),
  instance: z.string().describe('empty, as cluster and node: messages of which nobody knows who sent them'),
  flows: accountSumSchema.describe('over the range'),
  dns: accountSumSchema.describe('of rows of questions to name servers'),
  steps: z
    .array(z.object({ time: ms.describe('start of the step'), flows: accountSchema, dns: accountSchema }))
    .describe('those in which there is anything'),
})
export type InstanceAccounts = z.infer<typeof instanceAccountsSchema>

export const accountsSchema = z.object({
  range: rangeSchema,
  step_ms: count,
  completeness: completenessSchema.describe('of the whole fleet'),
  flows: accountSumSchema.describe('of all instances that match, over the range'),
  dns: accountSumSchema,
  instances: z.array(instanceAccountsSchema),
})
export type AccountsAnswer = z.infer<typeof accountsSchema>
