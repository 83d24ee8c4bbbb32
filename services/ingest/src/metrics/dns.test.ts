import type { AllDnsColumns, BusConsumer } from '@headwater/contracts'
import { expect, it } from 'vitest'
import type { IngestOptions } from '../options.js'
import { buildDnsBatch } from '../testing/dns-builder.js'
import { DnsMetrics } from './dns.js'
import { Metrics } from './metrics.js'

it('the number of series is bounded, whatever a batch says was answered', async () => {
  const metrics = new Metrics({ replica: '', consumer: {} as BusConsumer } as IngestOptions)
  const questions = Array.from({ length: 100 }, (_, n) => ({ time: 1, count: 1, rcode: n < 2 ? 'REFUSED' : `R${n}` }))
  const { columns } = buildDnsBatch({ instance: 'i', sequence: 1, node: 'n' }, questions)
  new DnsMetrics(metrics).count(columns as AllDnsColumns, 100)
  const text = await metrics.registry.metrics()
  const series = text.split('\n').filter((line) => line.startsWith('headwater_dns_queries_total{'))
  expect(series.map((line) => line.replace(/.*rcode="(\w+)".* /, '$1 ')).sort()).toEqual(['REFUSED 2', 'other 98'])
})
