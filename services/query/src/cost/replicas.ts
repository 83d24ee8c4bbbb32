import { isIP } from 'node:net'
import { INTERNET, OTHER, type TrafficRow } from '../sql/cost.js'

/** Where a service was seen. */
export interface Replica {
  cluster: string
  zone: string
  region: string
}

interface Named {
  cluster: string
  namespace: string
  service: string
}

/** Whether it is a service that could be elsewhere: not a bare address, and not many of them. */
export const isNamed = (service: string): boolean => ![INTERNET, OTHER, ''].includes(service) && isIP(service) === 0

/** Where services ran in the range, by the traffic they took part in. One name in two clusters is taken for one service. */
export class Replicas {
  private readonly places = new Map<string, Map<string, Replica>>()

  constructor(rows: readonly TrafficRow[]) {
    for (const r of rows) {
      const client = { cluster: r.client_cluster, zone: r.client_zone, region: r.client_region }
      const server = { cluster: r.server_cluster, zone: r.server_zone, region: r.server_region }
      this.add('any', r.client_namespace, r.client_service, client)
      this.add('any', r.server_namespace, r.server_service, server)
      this.add('server', r.server_namespace, r.server_service, server)
    }
  }

  private add(role: 'any' | 'server', namespace: string, service: string, place: Replica): void {
    if (place.zone === '' || !isNamed(service)) return
    const key = JSON.stringify([role, namespace, service])
    const places = this.places.get(key) ?? new Map<string, Replica>()
    places.set(JSON.stringify([place.cluster, place.zone, place.region]), place)
    this.places.set(key, places)
  }

  /** Places where the service ran (as server), those of its own cluster first. */
  of(role: 'any' | 'server', { cluster, namespace, service }: Named): Replica[] {
    const places = [...(this.places.get(JSON.stringify([role, namespace, service]))?.values() ?? [])]
    return places.sort(
      (a, b) =>
        Number(b.cluster === cluster) - Number(a.cluster === cluster) ||
        a.zone.localeCompare(b.zone) ||
        a.cluster.localeCompare(b.cluster),
    )
  }
}
