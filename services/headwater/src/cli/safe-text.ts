import { escapeHidden } from '@headwater/contracts/runtime'

/** JSON that is safe to print on a terminal. JSON.stringify escapes C0 controls only: C1 ones steer a terminal too, and marks reorder what it shows. */
export function safeJson(value: unknown, indent?: number, replacer?: (key: string, value: unknown) => unknown): string {
  return escapeHidden(JSON.stringify(value, replacer, indent) ?? 'undefined', '\n')
}
