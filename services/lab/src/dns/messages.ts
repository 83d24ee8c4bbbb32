import type { Rcode } from './answer.js'
import type { Zone } from './zone.js'

/** How the DNS server answers. */
export interface DnsManner {
  /** Names that it answers with SERVFAIL, in small letters. */
  failing: readonly string[]
  /** Time that it takes for each answer, in ms. */
  delayMs: number
}

/** From the lab to its DNS server: over the IPC channel, each answered by one message with its `id`. */
export type DnsOrder = { id: number } & (
  | { type: 'start'; address: string; zone: Zone }
  | { type: 'manner'; manner: Partial<DnsManner> }
  | { type: 'count' }
)

/** Questions that the server answered. Behind a gateway the client's address is the gateway's. */
export interface NameTruth {
  client: string
  name: string
  type: string
  rcode: Rcode
  questions: number
}

export type DnsReply = { id: number; names?: NameTruth[]; error?: string }
