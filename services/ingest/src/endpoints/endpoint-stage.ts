import { randomUUID } from 'node:crypto'
import { type DeliveredMessage, type Endpoint, endpointKey, endpointSchema, topics } from '@headwater/contracts'
import { endpointRow } from '@headwater/store'
import { Injectable } from '@nestjs/common'
import { aheadOfClock } from '../clock/clock.js'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import { IdentityTables } from '../identity/tables.js'
import { readJson } from '../json/read-json.js'
import { Metrics } from '../metrics/metrics.js'
import type { Stage } from '../stage.js'
import { tokenOf } from '../store/token.js'
import { StoreWriter } from '../store/writer.js'

/** Endpoints: into the table in memory, and into `endpoints`, which outlives it. */
@Injectable()
export class EndpointStage implements Stage {
  readonly topic = topics.endpoints
  readonly #checks

  constructor(
    private readonly metrics: Metrics,
    private readonly identity: IdentityTables,
    private readonly writer: StoreWriter,
    deadLetters: DeadLetters,
  ) {
    const ahead = ({ node, valid_from }: Endpoint) => aheadOfClock(`valid_from of node ${node}`, valid_from)
    this.#checks = { schema: endpointSchema, metrics, deadLetters, ahead }
  }

  async take(messages: readonly DeliveredMessage[]): Promise<void> {
    const rows: object[] = []
    const keys: string[] = []
    for (const message of messages) {
      const endpoint = await readJson<Endpoint>(message, this.#checks)
      if (endpoint === undefined) continue
      this.identity.endpoints.apply(endpoint)
      // Its first sign of life, before any batch: the other ends' agents may send theirs earlier.
      this.identity.leases.hear(endpoint.instance, endpoint.valid_from)
      if (message.broadcast === true) continue
      rows.push(endpointRow(endpoint, message.timestamp))
      keys.push(`${endpointKey(endpoint)}${endpoint.valid_to}`)
    }
    this.metrics.endpoints.set(this.identity.endpoints.size)
    if (rows.length === 0) return
    const token = tokenOf('endpoints', keys)
    // Another one when it is tried again: of equal rows one remains, and what a killed server noted must not keep them out.
    await this.writer.insertRows('endpoints', rows, (attempt) => (attempt === 0 ? token : `${token}~${randomUUID()}`))
    this.metrics.rowsOut.inc({ table: 'endpoints' }, rows.length)
    this.metrics.messagesOut.inc({ topic: this.topic }, rows.length)
  }
}
