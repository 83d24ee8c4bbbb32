import { Inject, Injectable } from '@nestjs/common'
import { CidrTable } from '../cidrs/table.js'
import { Leases } from '../coverage/leases.js'
import type { Identity } from '../flows/local-ends.js'
import { Observers } from '../flows/observers.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { Realms } from './addresses.js'
import { Callers } from './callers.js'
import { Connections } from './connections.js'
import { EndpointTable } from './endpoint-table.js'

/** All that this replica knows of who is who. */
@Injectable()
export class IdentityTables implements Identity {
  readonly endpoints = new EndpointTable()
  readonly leases = new Leases()
  readonly connections = new Connections()
  readonly callers = new Callers()
  readonly observers = new Observers()
  readonly cidrs: CidrTable
  readonly realms: Realms

  constructor(@Inject(OPTIONS) { cidrs = new CidrTable() }: Pick<IngestOptions, 'cidrs'>) {
    this.cidrs = cidrs
    this.realms = new Realms(cidrs)
  }
}
