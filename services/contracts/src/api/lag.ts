import { z } from 'zod'
import { rangeSchema } from './answers.js'

const ms = z.number().describe('Unix ms')
const lag = {
  messages: z.number().int().nonnegative().describe('on the bus, and not handled yet'),
  seconds: z.number().nonnegative().describe('age of the oldest of them; 0 where there is none'),
}

/** How far ingest is behind on one partition of the bus, as the replica that has it told last. */
export const partitionLagSchema = z.object({
  partition: z.number().int().nonnegative(),
  replica: z.string(),
  told: ms.describe('when: replicas tell every 10 s. Older: nobody has the partition, or its replica does not run'),
  ...lag,
})
export type PartitionLag = z.infer<typeof partitionLagSchema>

export const lagSchema = z.object({
  range: rangeSchema,
  topics: z.array(
    z.object({
      topic: z.string(),
      messages: lag.messages.describe('of all its partitions'),
      seconds: lag.seconds.describe('of the partition where it is greatest'),
      partitions: z.array(partitionLagSchema).describe('those that were told of in the range'),
    }),
  ),
})
export type LagAnswer = z.infer<typeof lagSchema>
