import type { ServiceCounts } from './count/counts.js'
import type { CallChange, Manner, ServiceSpec } from './spec.js'

/** From the lab to a service: over the IPC channel, each answered by one message with its `id`. */
export type Order = { id: number } & (
  | { type: 'start'; spec: ServiceSpec }
  | { type: 'manner'; manner: Manner }
  | { type: 'call'; server: string; change: CallChange }
  | { type: 'load'; running: boolean }
  | { type: 'count' }
)

export type Reply = { id: number; counts?: ServiceCounts; error?: string }
