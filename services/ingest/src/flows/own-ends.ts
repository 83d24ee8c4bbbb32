import type { DecodedBatch } from '@headwater/contracts'
import type { End } from '../identity/connections.js'
import type { Address } from './addresses.js'

/** The observed ends of one batch's rows: one object for all rows of the same process in the same network namespace. */
export class OwnEnds {
  readonly #byService: { end: End; process: number; namespace: number; container: number }[][] = []

  constructor(private readonly batch: DecodedBatch) {}

  /** @returns undefined for an end without a name: its address says more, who listens there */
  of(row: number): End | undefined {
    const { meta, columns } = this.batch
    const { process, local_service, local_namespace, container_name } = columns
    const service = local_service.indices[row] as number
    const own = {
      process: process.indices[row] as number,
      namespace: local_namespace.indices[row] as number,
      container: container_name.indices[row] as number,
    }
    const netns = columns.netns[row] as number
    let known = this.#byService[service]
    if (known === undefined) {
      known = []
      this.#byService[service] = known
    }
    for (const k of known)
      if (
        k.process === own.process &&
        k.namespace === own.namespace &&
        k.container === own.container &&
        k.end.netns === netns
      )
        return k.end
    const [processText = '', serviceText = ''] = [process.values[own.process], local_service.values[service]]
    if (processText === '' && serviceText === '') return undefined
    const { node, cluster, zone, region } = meta
    const end: End = {
      process: processText,
      service: serviceText === '' ? processText : serviceText,
      namespace: local_namespace.values[own.namespace] as string,
      container: container_name.values[own.container] as string,
      netns,
      node,
      cluster,
      zone,
      region,
    }
    known.push({ end, ...own })
    return end
  }
}

/** The calls of one batch, so that each is told of once for the same end. */
export class Calls {
  readonly #ends = new Map<Address, Map<Address, Map<number, End>>>()

  /** @returns whether it is another than the last from there to there */
  isNew(client: Address, server: Address, port: number, end: End): boolean {
    let servers = this.#ends.get(client)
    if (servers === undefined) {
      servers = new Map()
      this.#ends.set(client, servers)
    }
    let ports = servers.get(server)
    if (ports === undefined) {
      ports = new Map()
      servers.set(server, ports)
    }
    if (ports.get(port) === end) return false
    ports.set(port, end)
    return true
  }
}
