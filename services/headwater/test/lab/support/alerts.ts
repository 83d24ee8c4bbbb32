import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AlertSettings, standardSettings } from '../../../src/alerts/settings.js'

/** The rules as the test evaluates them: as they are, but for shorter times, and for the lab's sums of money. */
export const shortSettings: AlertSettings = {
  ...standardSettings,
  interval: '1s',
  for: {
    ...{ service: '3s', connections: '3s', unreliable: '20s', latency: '3s', names: '3s', retransmits: '3s' },
    ...{ node: '3s', limit: '3s', rows: '10s', coverage: '20s', lag: '5s', cost: '3s', down: '10s' },
  },
  newEdge: { seen: '1h', young: '25s', warm: '40s' },
  // The gauge takes a minute to rise, while the time before goes on.
  cost: { recent: '10s', before: '5m', times: 1.6, least: 0.01 },
}

/** One alert as Alertmanager told of it. */
export interface Told {
  name: string
  /** What it is about, such as `checkout > payments`. */
  what: string
  /** Unix ms by the test's clock. */
  firing: number
  resolved: number | undefined
  link: string
}

interface Notification {
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string>; fingerprint: string }[]
}

const aboutOf = (labels: Record<string, string>): string => {
  const { client_service, server_service, service, item, node, replica } = labels
  return client_service === undefined
    ? (service ?? server_service ?? item ?? node ?? replica ?? '')
    : `${client_service} > ${server_service}`
}

/** Whom Alertmanager calls. */
export class Pager {
  readonly told: Told[] = []
  readonly #firing = new Map<string, Told>()
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        this.#take(JSON.parse(body) as Notification)
        response.end()
      })
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** Of those that fire, `NAME WHAT`. */
  get firing(): string[] {
    return [...this.#firing.values()].map(({ name, what }) => `${name} ${what}`.trim()).sort()
  }

  #take({ alerts }: Notification): void {
    for (const { status, labels, annotations, fingerprint } of alerts) {
      const known = this.#firing.get(fingerprint)
      if (status === 'firing' && known === undefined) {
        const told: Told = {
          name: labels.alertname ?? '',
          what: aboutOf(labels),
          firing: Date.now(),
          resolved: undefined,
          link: annotations.console ?? '',
        }
        this.told.push(told)
        this.#firing.set(fingerprint, told)
      } else if (status === 'resolved' && known !== undefined) {
        known.resolved = Date.now()
        this.#firing.delete(fingerprint)
      }
    }
  }
}

/** The alerts that each of the lab's faults raises, and no others. */
export const expectedAlerts: Record<string, string[]> = {
  refused: ['HeadwaterServiceFailing payments'],
  dropped: ['HeadwaterConnectionsFailing checkout > cart'],
  'firewall-drop': ['HeadwaterServiceFailing payments'],
  lossy: ['HeadwaterRetransmits frontend > catalogue'],
  'rate-limited': ['HeadwaterLatencyHigh catalogue > database'],
  reset: ['HeadwaterServiceFailing search'],
  'slow-accept': ['HeadwaterServiceFailing cart'],
  'ports-exhausted': ['HeadwaterNodeLimitNear shop-1', 'HeadwaterServiceFailing cart'],
  'dns-failing': ['HeadwaterServiceFailing resolver'],
  'dns-slow': ['HeadwaterNamesSlow resolver'],
  'new-dependency': ['HeadwaterNewDependency frontend > database'],
  'zone-blind': ['HeadwaterCostSpike cross-zone'],
}
