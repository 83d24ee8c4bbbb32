import type { HealthState } from '@headwater/contracts'

/** A state as one character, for the canvas. Empty: nothing to say. */
const MARKS: Record<HealthState, string> = { unhealthy: '×', degraded: '!', healthy: '', unknown: '' }

export const markOf = (state: HealthState): string => MARKS[state]
