import { z } from 'zod'

export const healthStates = ['unknown', 'healthy', 'degraded', 'unhealthy'] as const
export type HealthState = (typeof healthStates)[number]

/** What makes an edge or a service less than healthy; the thresholds stand in docs/health.md. */
export const healthCauses = [
  'refused',
  'no-answer',
  'unreachable',
  'firewall-drop',
  'ports-exhausted',
  'resets',
  'backlog',
  'retransmits',
  'slow-connect',
  'slow-round-trip',
  'dns-failing',
  'dns-slow',
] as const
export type HealthCause = (typeof healthCauses)[number]

/** Health of an edge or of a service, and why, in one sentence. */
export const healthSchema = z.object({
  state: z.enum(healthStates).describe('unknown: fewer samples than a judgement takes'),
  cause: z.enum(healthCauses).nullable().describe('null where the state is unknown or healthy'),
  at_fault: z
    .enum(['client', 'path', 'server'])
    .nullable()
    .describe('which of them, where what was seen at the ends tells it; of a service: seen from the edge that decides'),
  reason: z.string().describe('one sentence, with the figures that decide'),
  edge: z.string().nullable().describe('of a service: id of the edge that decides; null of an edge'),
  since: z.number().nullable().describe('Unix ms since which the state holds; null for a range in the past'),
  samples: z.number().nonnegative().describe('attempts and connections looked at'),
})
export type Health = z.infer<typeof healthSchema>

export const unknownHealth: Health = {
  state: 'unknown',
  cause: null,
  at_fault: null,
  reason: 'too little was seen to judge',
  edge: null,
  since: null,
  samples: 0,
}
