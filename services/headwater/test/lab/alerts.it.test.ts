import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, noAgent, skip, temporaryFolder } from '../support/headwater.js'
import { type Monitoring, noPrometheus, startMonitoring } from '../support/prometheus.js'
import type { Sample } from '../support/samples.js'
import { expectedAlerts, Pager, shortSettings } from './support/alerts.js'
import { COUNTERS, countedLines } from './support/counters.js'
import { type LabDemo, startLabDemo } from './support/lab-demo.js'
import { expectedLines, printTable } from './support/pairs.js'
import { between, type Quiet, quiet } from './support/quiet.js'

/** Faults by their ids, or `all`, as `npm run alerts` has it; else one, so that the whole check stays short. */
const chosen = process.env.HEADWATER_ALERTS ?? 'refused'
const faults = chosen === 'all' ? Object.keys(expectedAlerts) : chosen.split(',')

const TRAFFIC_MS = 20_000
/** A scrape that began after now has ended. */
const SCRAPED_MS = 5_000
/** The cost is that of the last minute, and is compared with the time before: traffic that stood still would make it a spike. */
const SETTLE_MS = 65_000
/** Until then no edge is new. */
const CALM_MS = 42_000
const RAISED_MS = 120_000
const RESOLVED_MS = 180_000
const STANDS_MS = 8_000
const CONSOLE = 'https://headwater.example'

describe.skipIf(skip('alerts on the lab', noAgent ?? noPrometheus))('Prometheus and Alertmanager on the lab', () => {
  const folder = temporaryFolder()
  const pager = new Pager()
  const rows: object[] = []
  let demo: LabDemo
  let monitoring: Monitoring
  let before: Quiet
  let after: Quiet
  const counters: Sample[][] = []
  const options = () => ({ folder: folder.path, target: demo.url, webhook: pager.url, console: CONSOLE })
  const scraped = async () => {
    await sleep(SCRAPED_MS)
    return monitoring.query(COUNTERS)
  }

  beforeAll(async () => {
    demo = await startLabDemo()
    await pager.start()
    monitoring = await startMonitoring(options())
    before = await quiet(demo)
    counters.push(await scraped())
    await demo.resume()
    await sleep(TRAFFIC_MS)
    after = await quiet(demo)
    counters.push(await scraped())
    await demo.resume()
  })
  afterAll(async () => {
    const failed = await monitoring?.query('count_over_time((up == 0)[15m:2s])')
    if ((failed?.length ?? 0) > 0) console.warn(`scrapes that failed: ${JSON.stringify(failed)}`)
    printTable('alerts of the lab’s faults, s after the fault was switched', rows)
    await monitoring?.stop()
    pager.stop()
    await demo?.stop()
    folder.remove()
  })

  it('have counters that come to what the services counted', async () => {
    const truth = expectedLines(between(before, after)).filter((line) => line.counted)
    const [first = [], last = []] = counters
    const counted = countedLines(first, last)
    printTable('counters and services agree on', counted)
    expect(counted).toEqual(truth)
  })

  it('tell in the calm of a fleet that is whole', async () => {
    const one = async (expression: string) => (await monitoring.query(expression)).map(({ value }) => value)
    expect(await one('headwater_node_up')).toEqual([1, 1, 1, 1, 1, 1])
    expect(await one('headwater_delivered_ratio')).toEqual([1])
    expect(await one('headwater_coverage_ratio')).toEqual([1])
    expect(await one('headwater_query_store_up')).toEqual([1])
    expect(await one('sum(headwater_metrics_folded_series)')).toEqual([0])
    const services = await monitoring.query('headwater_service_connections_total{role="server"} > 0')
    expect(services.map(({ metric }) => metric.service).sort()).toContain('payments')
  })

  it('raise nothing in the calm', async () => {
    await monitoring.stop()
    await sleep(SETTLE_MS)
    monitoring = await startMonitoring({ ...options(), settings: shortSettings })
    await sleep(CALM_MS)
    expect(await monitoring.query('ALERTS')).toEqual([])
    expect(pager.told).toEqual([])
    const [series] = await monitoring.query('count({__name__=~"headwater_.+"})')
    const [ours] = await monitoring.query('count({__name__=~"headwater_(edge|service)_.+"})')
    const [time] = await monitoring.query('avg_over_time(scrape_duration_seconds[30s])')
    const [most] = await monitoring.query('max_over_time(scrape_duration_seconds[30s])')
    process.stdout.write(
      `\n${series?.value} series, ${ours?.value} of edges and services; a scrape takes ${time?.value.toFixed(3)} s, ${most?.value.toFixed(3)} s at most\n`,
    )
  }, 180_000)

  it.each(faults)(
    '%s raises exactly its alerts, which resolve after',
    async (fault) => {
      const expected = expectedAlerts[fault] ?? []
      const seen = pager.told.length
      await demo.setFault(fault, true)
      const began = Date.now()
      await eventually(
        `alerts of ${fault}`,
        () => (expected.every((a) => pager.firing.includes(a)) ? true : undefined),
        RAISED_MS,
      )
        .then(() => sleep(STANDS_MS))
        .catch((error) => {
          throw new Error(`firing: ${pager.firing.join(', ')}`, { cause: error })
        })
        .finally(() => demo.setFault(fault, false))
      const ended = Date.now()
      await eventually(`${fault} resolved`, () => (pager.firing.length === 0 ? true : undefined), RESOLVED_MS)
      const told = pager.told.slice(seen)
      for (const { name, what, firing, resolved = Number.NaN, link } of told) {
        const after = (from: number, to: number) => ((to - from) / 1000).toFixed(1)
        rows.push({
          fault,
          alert: name,
          about: what,
          raised_after_s: after(began, firing),
          resolved_after_s: after(ended, resolved),
        })
        expect(link).toMatch(/^https:\/\/headwater\.example\/\?page=\w+&from=\d{13}&to=\d{13}/)
      }
      expect([...new Set(told.map(({ name, what }) => `${name} ${what}`))].sort()).toEqual(expected)
      await sleep(STANDS_MS)
    },
    900_000,
  )
})
