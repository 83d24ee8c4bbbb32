import { DNS_SERVICE } from '../topology/places.js'
import { PROVIDER_NAME } from '../topology/services.js'
import type { Fault } from './fault.js'

/** Time that an answer takes of a DNS server that is slow: less than what its clients wait for. */
export const DNS_DELAY_MS = 400

/** Faults of the DNS server. */
export const names: Fault[] = [
  {
    id: 'dns-failing',
    title: 'DNS failing',
    detail: `${DNS_SERVICE} cannot find out about ${PROVIDER_NAME}: it answers payments with SERVFAIL.`,
    client: 'payments',
    server: DNS_SERVICE,
    apply: (board, on) => board.tellDns({ failing: on ? [PROVIDER_NAME] : [] }),
  },
  {
    id: 'dns-slow',
    title: 'DNS slow',
    detail: `${DNS_SERVICE} takes ${DNS_DELAY_MS / 1000} s for each answer, whoever asks.`,
    client: '',
    server: DNS_SERVICE,
    apply: (board, on) => board.tellDns({ delayMs: on ? DNS_DELAY_MS : 0 }),
  },
]
