import {
  type Dictionary,
  decodeFlowBatch,
  type EndpointInput,
  encodeFlowBatch,
  endpointSchema,
} from '@headwater/contracts'
import type { CidrTable } from '../cidrs/table.js'
import { joinIdentity } from '../flows/join.js'
import type { Identity } from '../flows/local-ends.js'
import { IdentityTables } from '../identity/tables.js'
import { type BatchSpec, buildFlowBatch, type FlowSpec } from './flow-builder.js'

/** Unix ms of the flows. */
export const T = 1_700_000_000_000

/** Joins batches that have gone over the wire, with what it was told of addresses. */
export class JoinBench {
  readonly identity: Identity

  constructor(cidrs?: CidrTable, over: Partial<Identity> = {}) {
    this.identity = { ...new IdentityTables(cidrs === undefined ? {} : { cidrs }), ...over }
  }

  /** An endpoint; what is left out is that of an address of node b. */
  knows(over: Partial<EndpointInput>): void {
    const of = { kind: 'node-address', realm: 'test', cluster: 'test', node: 'b', instance: 'ib', netns: 1 } as const
    const endpoint = { ...of, address: '10.0.0.2', port: 0, valid_from: T - 60_000, ...over }
    this.identity.endpoints.apply(endpointSchema.parse(endpoint))
  }

  /** Joined rows as objects with what identity is about. */
  join(spec: Omit<BatchSpec, 'sequence'> & { sequence?: number }, ...flows: FlowSpec[]) {
    const batch = buildFlowBatch({ sequence: 1, ...spec }, flows)
    const joined = joinIdentity(decodeFlowBatch(encodeFlowBatch(batch)), this.identity)
    const text = ({ indices, values }: Dictionary, row: number) => values[indices[row] as number]
    return flows.map((_, row) => ({
      counted: joined.counted[row],
      local: text(joined.local_service, row),
      remote: text(joined.remote_service, row),
      process: text(joined.remote_process, row),
      namespace: text(joined.remote_namespace, row),
      container: text(joined.remote_container, row),
      node: text(joined.remote_node, row),
      cluster: text(joined.remote_cluster, row),
      zone: text(joined.remote_zone, row),
      region: text(joined.remote_region, row),
      class: text(joined.remote_class, row),
      path: text(joined.path_class, row),
      gateway: text(joined.nat_gateway, row),
    }))
  }

  /** A client's row on 10.0.0.1. */
  flow(over: Partial<FlowSpec> = {}): FlowSpec {
    return {
      time: T,
      netns: 1,
      side: 'client',
      local: '10.0.0.1',
      local_port: 40_000,
      remote: '10.0.0.2',
      remote_port: 80,
      process: 'curl',
      ...over,
    }
  }

  /** The same connection, as the server's end has it. */
  served(over: Partial<FlowSpec> = {}): FlowSpec {
    const turned = { local: '10.0.0.2', local_port: 80, remote: '10.0.0.1', remote_port: 40_000 }
    return this.flow({ side: 'server', ...turned, process: 'nginx', ...over })
  }
}
