import type { EndTruth } from './truth.js'

const more = (now: Record<string, number>, before: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(now).flatMap(([k, n]) => (n > (before[k] ?? 0) ? [[k, n - (before[k] ?? 0)]] : [])))

/** What one end counted from one look to the next; what is open is as of the later one. */
export const endSince = (now: EndTruth, before: EndTruth): EndTruth => ({
  connections: now.connections - before.connections,
  failures: more(now.failures, before.failures),
  broken: more(now.broken, before.broken),
  client_to_server_bytes: now.client_to_server_bytes - before.client_to_server_bytes,
  server_to_client_bytes: now.server_to_client_bytes - before.server_to_client_bytes,
  open: now.open,
})
