import type { Manner } from '../service/spec.js'
import type { Fault, Switchboard } from './fault.js'

const manner = (instance: string, other: Manner) => (board: Switchboard, on: boolean) =>
  board.tell(instance, { type: 'manner', manner: on ? other : 'serving' })

/** Faults of a server. */
export const manners: Fault[] = [
  {
    id: 'refused',
    title: 'Connection refused',
    detail: 'payments closes its listener: its kernel answers each connection with a reset.',
    client: 'checkout',
    server: 'payments',
    apply: manner('payments', 'refusing'),
  },
  {
    id: 'reset',
    title: 'Reset by the server',
    detail: 'search takes connections, reads the request and answers with a reset.',
    client: 'catalogue',
    server: 'search',
    apply: manner('search', 'resetting'),
  },
  {
    id: 'slow-accept',
    title: 'Full backlog',
    detail:
      'cart sleeps 0.9 s of each second, and has room for two connections that it has not accepted: its kernel drops the others, and clients try again after a second.',
    client: 'frontend',
    server: 'cart',
    apply: manner('cart', 'sleeping'),
  },
]
