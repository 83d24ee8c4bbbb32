import { CATALOGUE_ANYWHERE, catalogueIn } from '../topology/services.js'
import type { Fault, Switchboard } from './fault.js'

/** Of local ports, which connect() chooses from: what Linux has at its start, and a small one. */
const PORTS = '32768 60999'
export const FEW_PORTS = 32
const FIRST = 41_000

/** At the rate of a small lab a leak would take half an hour for the usual range. */
async function exhaustPorts(board: Switchboard, on: boolean): Promise<void> {
  const range = on ? `${FIRST} ${FIRST + FEW_PORTS - 1}` : PORTS
  await board.namespaces.get('cart').sysctl(range, 'ipv4/ip_local_port_range')
  await board.tell('cart', { type: 'call', server: 'cache', change: { leaks: on } })
}

/** What a client does otherwise than before. */
export const clients: Fault[] = [
  {
    id: 'ports-exhausted',
    title: 'Ports exhausted',
    detail: `cart makes a connection to cache for each request and never gives it back: its range of ${FEW_PORTS} local ports is used up at once, and connect() fails.`,
    client: 'cart',
    server: 'cache',
    apply: exhaustPorts,
  },
  {
    id: 'new-dependency',
    title: 'New dependency',
    detail: 'frontend begins to ask database itself, in another region.',
    client: 'frontend',
    server: 'database',
    apply: (board, on) => board.tell('frontend', { type: 'call', server: 'database', change: { on } }),
  },
  {
    id: 'zone-blind',
    title: 'Zone-blind client',
    detail: 'frontend takes both replicas of catalogue in turn, instead of the one in its zone.',
    client: 'frontend',
    server: 'catalogue',
    apply: (board, on) => {
      const host = on ? CATALOGUE_ANYWHERE : catalogueIn('eu-1a')
      return board.tell('frontend', { type: 'call', server: 'catalogue', change: { host } })
    },
  },
]
