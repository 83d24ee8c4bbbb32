import { z } from 'zod'
import { type Cidr, parseCidr } from './cidr.js'

/** Classes that a range can be given; by their range alone addresses have further ones, see address/class.ts. */
export const rangeClasses = ['internet', 'private', 'nat', 'service'] as const
export type RangeClass = (typeof rangeClasses)[number]

/** Entries of the file at most, and ranges of one gateway. */
const MAX_ENTRIES = 100_000

const name = z
  .string({ error: 'takes a name' })
  .regex(/^[^\s\p{Cc}]{1,253}$/u, { error: 'takes a name of 1 to 253 characters without spaces or control characters' })
const cidr = z.string({ error: 'takes a range such as 10.0.0.0/8' }).transform((text, context): Cidr => {
  const parsed = parseCidr(text)
  if (!('problem' in parsed)) return parsed
  context.addIssue({ code: 'custom', message: parsed.problem })
  return z.NEVER
})
const cidrList = z
  .array(cidr, { error: 'takes a list of ranges, such as [10.1.0.0/16]' })
  .max(MAX_ENTRIES, { error: `takes at most ${MAX_ENTRIES} ranges` })

const place = { zone: name.optional(), region: name.optional(), cluster: name.optional(), realm: name.optional() }

const rangeSchema = z.strictObject({
  cidr,
  class: z.enum(rangeClasses, { error: `takes one of ${rangeClasses.join(', ')}` }),
  name: name.optional(),
  ...place,
})
export type Range = z.output<typeof rangeSchema>

const gatewaySchema = z.strictObject({
  name,
  addresses: cidrList.min(1, { error: 'takes at least one range: the addresses that the other side sees' }),
  clients: cidrList.default([]),
  except: cidrList.default([]),
  ...place,
})
export type NatGateway = z.output<typeof gatewaySchema>

const entries = <T extends z.ZodType>(schema: T) =>
  z
    .array(schema, { error: 'takes a list' })
    .max(MAX_ENTRIES, { error: `takes at most ${MAX_ENTRIES} entries` })
    .default([])

/** The file of address ranges. Left out in an entry, `realm` means every realm. */
export const cidrFileSchema = z.strictObject({ ranges: entries(rangeSchema), nat_gateways: entries(gatewaySchema) })
export type CidrFile = z.output<typeof cidrFileSchema>
