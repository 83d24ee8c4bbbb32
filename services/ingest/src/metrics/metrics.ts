import { Inject, Injectable } from '@nestjs/common'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type IngestOptions, OPTIONS } from '../options.js'
import { BusMetrics } from './bus.js'
import { ColumnNames } from './column-names.js'
import { IngestLag } from './lag.js'

/** What ingest counts about itself. Each stage has an in, an out, and a dropped with its reason. */
@Injectable()
export class Metrics {
  readonly registry = new Registry()
  readonly messagesIn = this.#counter('messages_in_total', 'Messages taken from the bus and done with', ['topic'])
  readonly bytesIn = this.#counter('bytes_in_total', 'Bytes of these messages', ['topic'])
  readonly messagesOut = this.#counter('messages_out_total', 'Messages whose rows are durable', ['topic'])
  readonly messagesDropped = this.#counter('messages_dropped_total', 'Messages not stored', ['topic', 'reason'])
  readonly rowsIn = this.#counter('rows_in_total', 'Rows in these messages', ['table'])
  readonly rowsOut = this.#counter('rows_out_total', 'Rows stored', ['table'])
  readonly rowsDropped = this.#counter('rows_dropped_total', 'Rows not stored', ['table', 'reason'])
  readonly deadLetters = this.#counter('dead_letters_total', 'Messages put aside whole or in part', ['reason', 'to'])
  readonly storeRetries = this.#counter('store_retries_total', 'Inserts tried again', ['table', 'code'])
  readonly blocksFilledIn = this.#counter(
    'blocks_filled_in_total',
    'Blocks that a killed outside store had left out of a table, and which were put into it',
    ['table'],
  )
  readonly blocksUnclear = this.#counter(
    'blocks_unclear_total',
    'Blocks of which it cannot be told whether a table lost them when an outside store was killed',
    ['table'],
  )
  readonly backpressure = this.#counter(
    'backpressure_total',
    'Messages given back because the store did not take them',
    [],
  )
  readonly rowsUncounted = this.#counter(
    'rows_uncounted_total',
    'Rows stored that are in no counter of edges and services, since the store did not say whether they were counted before',
    [],
  )
  readonly #columnsUnknown = this.#counter('columns_unknown_total', 'Columns of newer agents, ignored', ['column'])
  readonly #columnNames = new ColumnNames()
  readonly nodeTwins = this.#counter('node_twins_total', 'Pairs of agents found that run under one name at once', [])
  readonly clocksFarOff = this.#counter(
    'clock_far_off_reports_total',
    'Reports of agents whose clock is over 10 minutes ahead or a day behind',
    [],
  )
  readonly insertSeconds = new Histogram({
    name: 'headwater_ingest_insert_seconds',
    help: 'Time of one insert',
    labelNames: ['table'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  })
  readonly endpoints = this.#gauge('endpoints', 'Versions of endpoints in memory')
  readonly connections = this.#gauge('connections', 'Connections in memory whose ends are known')

  constructor(@Inject(OPTIONS) options: IngestOptions, @Inject(IngestLag) lag: IngestLag = new IngestLag()) {
    this.registry.setDefaultLabels({ replica: options.replica })
    this.#lag(lag)
    new BusMetrics(options.consumer, this.registry)
  }

  /** Counts columns of a message that this version does not know. */
  unknownColumns(names: readonly string[]): void {
    for (const name of names) this.#columnsUnknown.inc({ column: this.#columnNames.label(name) })
  }

  #lag(lag: IngestLag): void {
    new Gauge({
      name: 'headwater_ingest_lag_seconds',
      help: 'Time of the last message from the bus to the store; while one waits for the store, how long it has waited',
      registers: [this.registry],
      collect() {
        this.set(lag.seconds())
      },
    })
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name: `headwater_ingest_${name}`, help, labelNames, registers: [this.registry] })
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `headwater_ingest_${name}`, help, registers: [this.registry] })
  }
}

/** Sum of a counter over the label sets that have all of `labels`. */
export async function total(counter: Counter, labels: Record<string, string> = {}): Promise<number> {
  const { values } = await counter.get()
  const fits = values.filter((v) => Object.entries(labels).every(([name, value]) => v.labels[name] === value))
  return fits.reduce((sum, { value }) => sum + value, 0)
}
