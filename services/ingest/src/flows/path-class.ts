import type { PathClass } from '@headwater/contracts'

export interface Place {
  zone: string
  region: string
}

/**
 * Where bytes go between two places that are not on one node. A zone's name counts only within its region: where the region of
 * one end alone is known, nothing can be said.
 */
export function pathBetween(a: Place, b: Place): PathClass {
  if ((a.region === '') !== (b.region === '')) return 'unknown'
  if (a.region !== b.region) return 'cross-region'
  if (a.zone === '' || b.zone === '') return 'unknown'
  return a.zone === b.zone ? 'same-zone' : 'cross-zone'
}
