import { type Health, unknownHealth } from '@headwater/contracts'
import type { Finding, Level } from './judge.js'
import type { Verdict } from './replay.js'
import { type Ends, sentence } from './sentence.js'

/** An edge with its health, and what its nodes' health is made of. */
export interface EdgeHealth {
  id: string
  source: string
  target: string
  names: Ends
  level: Level
  finding: Finding | undefined
  health: Health
  /** All clients of the target together, where no edge alone has the sample: nothing for a client. */
  combined?: boolean
}

/** Of two bad edges the one with more that went wrong. */
export const byDirectness = (a: EdgeHealth, b: EdgeHealth): number =>
  (b.finding?.count ?? 0) - (a.finding?.count ?? 0) || (a.id < b.id ? -1 : 1)

export const healthy = (samples: number): Health => ({
  ...unknownHealth,
  state: 'healthy',
  reason: `no sign of trouble in ${Math.round(samples)} attempts and connections looked at`,
  samples: Math.round(samples),
})

const levels = { unknown: 0, healthy: 0, degraded: 1, unhealthy: 2 } as const

type Where = Pick<EdgeHealth, 'id' | 'source' | 'target' | 'names' | 'combined'>

/** @param when such as "in the last 30 s" @param since Unix ms */
export function edgeHealth(
  where: Where,
  { state, finding, samples: weight }: Pick<Verdict, 'state' | 'finding' | 'samples'>,
  when: string,
  since: number | null,
): EdgeHealth {
  const samples = Math.round(weight)
  const level = levels[state]
  if (level === 0 || finding === undefined) {
    const health = { ...(state === 'healthy' ? healthy(samples) : unknownHealth), samples, since }
    return { ...where, level: 0, finding: undefined, health }
  }
  const reason = sentence(finding, where.names, when)
  const health: Health = { state, cause: finding.cause, at_fault: finding.atFault, reason, edge: null, since, samples }
  return { ...where, level, finding, health }
}

/** When a finding was seen, in words. */
export function whenSeen({ window, age }: Pick<Verdict, 'window' | 'age'>): string {
  const length = `${window / 1000} s`
  return age === 0 ? `in the last ${length}` : `in ${length}, ${Math.round(age / 1000)} s ago`
}
