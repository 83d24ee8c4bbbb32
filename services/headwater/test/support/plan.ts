import type { Planned } from './traffic.js'

/** Ports of the servers by how they listen. */
export interface Ports {
  v4: number
  v6: number
  /** On `::`: a client over IPv4 is a v4-mapped address there. */
  dual: number
  closed: number
}

export const SHORT = 1_000
export const LONG = 10
export const REFUSED = 20

/** Ways to a server: IPv4, IPv6, an IPv4 client at a dual-stack server, a v4-mapped client at one. */
const ways = (ports: Ports) => [
  { host: '127.0.0.1', port: ports.v4 },
  { host: '::1', port: ports.v6 },
  { host: '127.0.0.1', port: ports.dual },
  { host: '::ffff:127.0.0.1', port: ports.dual },
]

/** 1,000 short connections of different sizes (up to 70 kB each way), 10 that stay open, 20 that are refused. */
export function truthPlan(ports: Ports): Planned[] {
  const plan: Planned[] = []
  const to = (i: number) => ways(ports)[i % 4] as { host: string; port: number }
  for (let i = 0; i < SHORT; i++) {
    plan.push({
      ...to(i),
      request: 12 + ((i * 37) % 5_000),
      answer: i % 50 === 0 ? 70_000 + i : (i * 101) % 9_000,
      keep: false,
    })
  }
  for (let i = 0; i < LONG; i++) plan.push({ ...to(i), request: 100 + i, answer: 2_000 + i, keep: true })
  for (let i = 0; i < REFUSED; i++) {
    plan.push({ host: '127.0.0.1', port: ports.closed, request: 12, answer: 0, keep: false })
  }
  return plan
}
