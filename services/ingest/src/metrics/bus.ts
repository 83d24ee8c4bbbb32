import type { BusCounters, Counting, Lagging, TopicLag } from '@headwater/bus'
import type { BusConsumer } from '@headwater/contracts'
import { Counter, Gauge, type Registry } from 'prom-client'

const none: BusCounters = { messages: 0, bytes: 0, retries: 0, rejected: {} }

/** The consumer's own counters, read when they are asked for. */
export class BusMetrics {
  constructor(consumer: BusConsumer, registry: Registry) {
    const counters = () => (consumer as Partial<Counting>).counters?.() ?? none
    const plain = (name: string, help: string, of: (counters: BusCounters) => number) =>
      new Counter({
        name: `headwater_bus_${name}`,
        help,
        registers: [registry],
        collect() {
          this.reset()
          this.inc(of(counters()))
        },
      })
    plain('messages_total', 'Messages taken by the handler', (c) => c.messages)
    plain('bytes_total', 'Bytes of those messages', (c) => c.bytes)
    plain('retries_total', 'Deliveries that have to be repeated', (c) => c.retries)
    new Counter({
      name: 'headwater_bus_rejected_total',
      help: 'Messages refused, by reason',
      labelNames: ['reason'],
      registers: [registry],
      collect() {
        this.reset()
        for (const [reason, count] of Object.entries(counters().rejected)) this.inc({ reason }, count)
      },
    })
    const lags = () => (consumer as Partial<Lagging>).lags?.() ?? []
    const lag = (name: string, help: string, of: (lag: TopicLag) => number) =>
      new Gauge({
        name: `headwater_bus_lag_${name}`,
        help,
        labelNames: ['topic'],
        registers: [registry],
        collect() {
          this.reset()
          for (const one of lags()) this.set({ topic: one.topic }, of(one))
        },
      })
    lag(
      'messages',
      'Messages on the bus that are not handled yet, of the partitions that this replica has',
      (l) => l.messages,
    )
    lag('seconds', 'Age of the oldest of them; 0 where there is none', (l) => l.seconds)
  }
}
