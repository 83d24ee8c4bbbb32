import { z } from 'zod'

/** A fault of the lab that can be switched. */
export const demoFaultSchema = z.object({
  id: z.string(),
  title: z.string(),
  detail: z.string().describe('what it does, and to whom'),
  client: z.string().describe('service whose calls it meets; empty where it is no pair'),
  server: z.string(),
  on: z.boolean(),
  since: z.number().nullable().describe('Unix ms of the last switch; null where there was none'),
})
export type DemoFault = z.infer<typeof demoFaultSchema>

/** The lab behind the demo: real services on this machine, and their faults. 404 where there is no demo. */
export const demoSchema = z.object({
  faults: z.array(demoFaultSchema),
  traffic: z.object({
    running: z.boolean(),
    requests_per_second: z.number().nonnegative().describe('asked of the frontend'),
  }),
})
export type DemoAnswer = z.infer<typeof demoSchema>

/** POST /api/v1/demo/faults: switches one fault; answers with all. */
export const demoFaultRequest = z.strictObject({ id: z.string().max(64), on: z.boolean() })
