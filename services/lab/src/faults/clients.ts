import { CATALOGUE_ANYWHERE, catalogueIn } from '../topology/services.js'
import type { Fault } from './fault.js'

/** What a client does otherwise than before. */
export const clients: Fault[] = [
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
