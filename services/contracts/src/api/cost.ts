import { z } from 'zod'
import { completenessSchema, rangeSchema } from './answers.js'
import { pathClasses } from './paths.js'

const amount = z.number().nonnegative()

/** What is paid for: data transfer by its path, and what a NAT gateway processes. */
export const costItems = ['cross-zone', 'cross-region', 'internet', 'nat-gateway'] as const
export type CostItem = (typeof costItems)[number]

const endSchema = z.object({
  cluster: z.string(),
  namespace: z.string(),
  service: z.string(),
  zone: z.string(),
  region: z.string(),
})

/** One line of the bill: what one pair of services pays for one item. */
export const costLineSchema = z.object({
  item: z.enum(costItems),
  wire_bytes: amount.describe('L3 bytes that are charged, By'),
  price_per_gb: amount.describe('of 10^9 bytes, the effective one where tiers apply'),
  cost: amount.describe('in the range'),
  price: z.string().describe('name of the entry of the price table'),
})

export const costPairSchema = z.object({
  client: endSchema,
  server: endSchema,
  path_class: z.enum(pathClasses),
  nat_gateway: z.string().describe('that the traffic passes; empty for none'),
  client_to_server_wire_bytes: amount,
  server_to_client_wire_bytes: amount,
  lines: z.array(costLineSchema),
  cost: amount,
  per_day: amount,
  per_month: amount.describe('of 30 days, at the rate of the range'),
})
export type CostPair = z.infer<typeof costPairSchema>

/** What could be saved, and how. */
export const savingSchema = z.object({
  kind: z.enum(['same-zone', 'same-region', 'bypass-nat-gateway']),
  title: z.string(),
  detail: z.string().describe('what to do, with the figures'),
  client: endSchema,
  server: endSchema,
  per_month: amount,
})
export type Saving = z.infer<typeof savingSchema>

/** Traffic that no entry of the price table is for. */
export const unpricedSchema = z.object({
  item: z.enum(costItems),
  from: z.string().describe('zone or region'),
  to: z.string(),
  wire_bytes: amount,
  reason: z.string(),
})

export const costSchema = z.object({
  range: rangeSchema,
  completeness: completenessSchema,
  currency: z.string().describe('ISO 4217'),
  prices: z.object({
    source: z.string().describe('file of the price table; "built-in examples" where none is configured'),
    example: z.boolean().describe('true: list prices as examples, to be replaced by your own'),
    entries: z.array(
      z.object({ name: z.string(), item: z.enum(costItems), source: z.string(), date: z.string(), text: z.string() }),
    ),
  }),
  total: z.object({
    ...{ cost: amount, per_day: amount, per_month: amount, wire_bytes: amount },
    projected_from_ms: amount.describe(
      'length of the part of the range that per_day and per_month are the rate of, ms: without time to come, and before the first report of an agent',
    ),
  }),
  by_item: z.array(z.object({ item: z.enum(costItems), wire_bytes: amount, cost: amount, per_month: amount })),
  by_path: z.array(
    z.object({
      path_class: z.enum(pathClasses),
      from_zone: z.string().describe('where the bytes are sent'),
      to_zone: z.string(),
      from_region: z.string(),
      to_region: z.string(),
      wire_bytes: amount,
      cost: amount,
    }),
  ),
  pairs: z.array(costPairSchema).describe('dearest first'),
  pairs_left_out: z.number().nonnegative(),
  savings: z.array(savingSchema).describe('largest first'),
  unpriced: z.array(unpricedSchema),
})
export type CostAnswer = z.infer<typeof costSchema>
