import { LIMIT_NEAR } from '@headwater/contracts'

/** Times and amounts of the rules. The files in deploy/prometheus have the standard ones; tests shorten them. */
export interface AlertSettings {
  /** Between two evaluations. */
  interval: string
  /** How long something has to hold before it is told, by alert. */
  for: {
    service: string
    connections: string
    unreliable: string
    latency: string
    names: string
    retransmits: string
    node: string
    limit: string
    rows: string
    coverage: string
    lag: string
    cost: string
    down: string
  }
  /** An edge is new where it was not seen in `seen`, up to `young` before now; nothing is new while there are no metrics older than `warm`. */
  newEdge: { seen: string; young: string; warm: string }
  /** The mean of `recent` is compared with that of `before`, which ends where `recent` begins: `times` as much, and `least` a day more. */
  cost: { recent: string; before: string; times: number; least: number }
  /** How much of a limit of a node's kernel may be in use: from there on its notice stands on the fleet page, too. */
  limitUsed: number
  delivered: number
  coverage: number
  lagSeconds: number
}

export const standardSettings: AlertSettings = {
  interval: '30s',
  for: {
    service: '1m',
    connections: '1m',
    unreliable: '5m',
    latency: '5m',
    names: '5m',
    retransmits: '5m',
    node: '1m',
    limit: '5m',
    rows: '5m',
    coverage: '10m',
    lag: '2m',
    cost: '30m',
    down: '1m',
  },
  newEdge: { seen: '1d', young: '10m', warm: '20m' },
  cost: { recent: '1h', before: '1d', times: 2, least: 1 },
  limitUsed: LIMIT_NEAR,
  delivered: 0.99,
  coverage: 0.95,
  lagSeconds: 60,
}
