import 'reflect-metadata'
import type { Component } from '@headwater/contracts'
import { joinExpositions } from '@headwater/contracts/metrics'
import { type DynamicModule, type INestApplicationContext, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { DeadLetters } from './dead-letters/dead-letters.js'
import { LeftOutKeeper } from './dead-letters/left-out-keeper.js'
import { DnsIntake } from './dns/dns-intake.js'
import { DnsKeeper } from './dns/dns-keeper.js'
import { DnsLedger } from './dns/dns-ledger.js'
import { DnsStage } from './dns/dns-stage.js'
import { EndpointStage } from './endpoints/endpoint-stage.js'
import { FlowIntake } from './flows/flow-intake.js'
import { FlowKeeper } from './flows/flow-keeper.js'
import { FlowStage } from './flows/flow-stage.js'
import { IdentityTables } from './identity/tables.js'
import { LagTeller } from './lag/lag-teller.js'
import { BatchLosses } from './losses/batch-losses.js'
import { DnsMetrics } from './metrics/dns.js'
import { EdgeMetrics } from './metrics/edges/edge-metrics.js'
import { CountedLedger } from './metrics/edges/ledger.js'
import { IngestLag } from './metrics/lag.js'
import { Metrics, total } from './metrics/metrics.js'
import { NodeStage } from './nodes/node-stage.js'
import { type IngestOptions, OPTIONS } from './options.js'
import { Receiver } from './receiver.js'
import { StageParts } from './rows/stage-parts.js'
import { StoreWriter } from './store/writer.js'

@Module({})
class IngestModule {
  static of(options: IngestOptions): DynamicModule {
    const rows = [StageParts, FlowIntake, FlowKeeper, DnsIntake, DnsKeeper]
    const stages = [...rows, FlowStage, DnsStage, NodeStage, EndpointStage]
    const metrics = [Metrics, DnsMetrics, IngestLag, EdgeMetrics, CountedLedger, DnsLedger]
    const writers = [StoreWriter, DeadLetters, LeftOutKeeper, BatchLosses, LagTeller]
    const parts = [...metrics, IdentityTables, ...writers, ...stages, Receiver]
    return { module: IngestModule, providers: [{ provide: OPTIONS, useValue: options }, ...parts] }
  }
}

/** What ingest did since it was started. */
export interface IngestStatus {
  running: boolean
  /** false while the store does not take rows. */
  ok: boolean
  /** Why, where `ok` is false; else empty. */
  message: string
  rows_in: number
  rows_out: number
  rows_dropped: number
  dead_letters: number
}

class IngestApplication implements Component {
  #context: INestApplicationContext | undefined

  constructor(private readonly options: IngestOptions) {}

  async start(): Promise<void> {
    this.#context ??= await NestFactory.createApplicationContext(IngestModule.of(this.options), {
      logger: false,
      abortOnError: false,
    })
    await this.options.deadLetters?.start()
    await this.#context.get(Receiver).start()
  }

  async stop(): Promise<void> {
    const context = this.#context
    if (context === undefined) return
    await context.get(Receiver).stop()
    await this.options.deadLetters?.stop()
    await context.close()
    this.#context = undefined
  }

  /** Prometheus text. */
  async metrics(): Promise<string> {
    if (this.#context === undefined) return ''
    return joinExpositions([await this.#context.get(Metrics).registry.metrics(), this.#context.get(EdgeMetrics).text()])
  }

  async status(): Promise<IngestStatus> {
    const none = { running: false, ok: false, message: 'ingest is not started' }
    if (this.#context === undefined) return { ...none, rows_in: 0, rows_out: 0, rows_dropped: 0, dead_letters: 0 }
    const metrics = this.#context.get(Metrics)
    const failing = this.#context.get(Receiver).waitsFor ?? this.#context.get(StoreWriter).failing
    const flows = { table: 'flows' }
    return {
      running: true,
      ok: failing === undefined,
      message: failing ?? '',
      rows_in: await total(metrics.rowsIn, flows),
      rows_out: await total(metrics.rowsOut, flows),
      rows_dropped: await total(metrics.rowsDropped, flows),
      dead_letters: await total(metrics.deadLetters),
    }
  }
}

export type Ingest = Component & Pick<IngestApplication, 'metrics' | 'status'>

/** Takes messages from the bus, joins identity, writes rows. One object is one replica. */
export const createIngest = (options: IngestOptions): Ingest => new IngestApplication(options)
