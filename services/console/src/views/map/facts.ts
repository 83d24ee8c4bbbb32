import type { MapEdge } from '@headwater/contracts'
import { exactCount } from '../../format/number.js'
import { printable } from '../../format/text.js'

/** `refused 20, timeout 3`; empty without failures. */
export const failuresText = (e: Pick<MapEdge, 'failure_reasons'>): string =>
  Object.entries(e.failure_reasons)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, n]) => `${printable(reason)} ${exactCount(n)}`)
    .join(', ')

/** Up to `most` ports, or the busiest one and how many more: `443, 8443` or `443 +3`. */
export function portsText(ports: number[], most = 2): string {
  return ports.length > most ? `${ports[0]} +${ports.length - 1}` : ports.join(', ')
}

/** Of an edge that is not `counted`. */
export const NAT_TEXT = "seen behind NAT, counted at the client's end"
