import { escapeHidden } from '@headwater/contracts/runtime'

/** JSON that is safe to print on a terminal. JSON.stringify escapes C0 controls only: C1 ones steer a terminal too, and marks reorder what it shows. */
export function safeJson(value: unknown, indent?: number, replacer?: (key: string, value: unknown) => unknown): string {
  return escapeHidden(JSON.stringify(value, replacer, indent) ?? 'undefined', '\n')
}

/** Characters of a name. */
const MAX_NAME = 48

/** A name from outside, for a table: it neither steers the terminal nor pushes the rest of its line out of sight. The whole of it is in JSON. */
export function shortName(text: string): string {
  const points = [...text.slice(0, 2 * MAX_NAME + 2)]
  return escapeHidden(points.length <= MAX_NAME ? text : `${points.slice(0, MAX_NAME - 1).join('')}\u2026`)
}
