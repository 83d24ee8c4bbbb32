/**
 * Where the bytes of a flow go, by the places of both ends: what is priced, and what a grouping by path shows.
 * `loopback`: within one network namespace; `same-node`, `same-zone`; `cross-zone`: other zones of one region;
 * `cross-region`; `internet`; `unknown`: the zone of an end is not known.
 */
export const pathClasses = [
  'loopback',
  'same-node',
  'same-zone',
  'cross-zone',
  'cross-region',
  'internet',
  'unknown',
] as const
export type PathClass = (typeof pathClasses)[number]
