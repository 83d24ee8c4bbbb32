import type { Health, HealthState } from '@headwater/contracts'

/** Worst first; what could not be judged stands last. */
export const stateOrder: readonly HealthState[] = ['unhealthy', 'degraded', 'healthy', 'unknown']

/** Higher is worse. */
export const severityOf = (state: HealthState): number => stateOrder.length - stateOrder.indexOf(state)

export const FAULT_TEXTS: Record<NonNullable<Health['at_fault']>, string> = {
  client: 'the client is at fault',
  path: 'the path is at fault',
  server: 'the server is at fault',
}

/** How many are in each state. */
export function countStates(of: readonly { health: Health }[]): Record<HealthState, number> {
  const counts = { unhealthy: 0, degraded: 0, healthy: 0, unknown: 0 }
  for (const { health } of of) counts[health.state]++
  return counts
}
