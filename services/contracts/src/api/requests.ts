import { z } from 'zod'
import { dnsGroupings, edgeLabels, groupings, instanceLabels } from './labels.js'
import { timeParam } from './time.js'

const step = z.string().regex(/^\d{1,6}(s|m|h)$/, 'takes a duration such as 10s, 1m, 1h')
const flag = z.enum(['0', '1', 'true', 'false'])
const limit = (max: number, standard: number) => z.coerce.number().int().min(1).max(max).default(standard)

/** Parameters that every range query takes. Unknown parameters are errors. */
const range = {
  from: timeParam.default('now-15m'),
  to: timeParam.default('now'),
}
const matched = {
  ...range,
  filter: z
    .string()
    .max(4096)
    .default('')
    .describe(
      'Prometheus matchers: {server_service="cart",server_port=~"80|443"}; without client_ or server_ either end: {process="nginx"}',
    ),
  self: flag.default('0').describe("1 shows Headwater's own connections too"),
}
const grouped = { ...matched, group_by: z.enum(groupings).default('service') }

export const servicesRequest = z.strictObject({ ...grouped, limit: limit(20_000, 5_000) })
export const mapRequest = servicesRequest.extend({
  compare_from: timeParam
    .optional()
    .describe('with compare_to: a range to compare with, for new, gone and changed edges'),
  compare_to: timeParam.optional(),
})
export const costRequest = z.strictObject({ ...matched, limit: limit(10_000, 200) })
export const edgesRequest = z.strictObject({
  ...grouped,
  limit: limit(10_000, 500),
  order: z.enum(['bytes', 'connects', 'failures', 'retransmits', 'open']).default('bytes'),
})
export const seriesRequest = z.strictObject({
  ...grouped,
  split: z.enum(['edge', 'client', 'server']).optional().describe('adds a series for each, under the grouping'),
  limit: limit(2_000, 50).describe('with split: how many series'),
  step: step.optional(),
})
export const flowsRequest = z.strictObject({
  ...matched,
  limit: limit(10_000, 200),
  cursor: z.string().max(256).optional(),
})
const dnsGroupingList = z
  .string()
  .max(128)
  .default('name,type,rcode')
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(dnsGroupings)).min(1))
  .transform((list) => [...new Set(list)])
export const dnsRequest = z.strictObject({
  ...matched,
  by: dnsGroupingList.describe(
    `what questions are grouped by: some of ${dnsGroupings.join(', ')}, with commas between`,
  ),
  limit: limit(1_000, 100),
})
export const nodesRequest = z.strictObject(range)
export const completenessRequest = z.strictObject(range)
export const accountsRequest = z.strictObject({
  ...range,
  filter: z
    .string()
    .max(4096)
    .default('')
    .describe(`Prometheus matchers of ${instanceLabels.join(', ')}: {cluster="east",node=~"db-.*"}`),
  step: step.optional().describe('default: 1m; of ranges over a week as for series. Multiples of it since 1970'),
})
export const lagRequest = z.strictObject(range)
export const valuesRequest = z.strictObject({
  ...range,
  label: z.enum(edgeLabels),
  prefix: z.string().max(253).default(''),
  limit: limit(1_000, 100),
})
export const statusRequest = z.strictObject({})
