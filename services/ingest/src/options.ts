import type { BusConsumer, BusProducer, Logger } from '@headwater/contracts'
import type { StoreClient } from '@headwater/store'
import type { CidrTable } from './cidrs/table.js'

export interface IngestOptions {
  consumer: BusConsumer
  /** Takes what cannot be stored, on its topic; started and stopped with ingest, as the consumer is. Left out: the table `dead_letters` takes it. */
  deadLetters?: BusProducer
  store: StoreClient
  /** Name of this replica in its metrics. */
  replica: string
  logger: Logger
  /** Names, classes and places of address ranges. Default: none. */
  cidrs?: CidrTable
  /** How long raw rows are kept, in ms: older ones are put aside. Default 3 days. */
  retentionMs?: number
  /** How long one message waits for the store before the bus is told to come again, in ms. Default 10 s. */
  patienceMs?: number
  /** How often it tells the store how far it is behind on the bus, in ms. Default 10 s. */
  lagEveryMs?: number
  /** Most series of edges and services in the metrics. Default 10,000. */
  maxSeries?: number
}

/** Token of the options for Nest. */
export const OPTIONS = Symbol('IngestOptions')

export const DEFAULT_RETENTION_MS = 3 * 24 * 3600 * 1000
export const DEFAULT_PATIENCE_MS = 10_000
export const DEFAULT_LAG_EVERY_MS = 10_000
