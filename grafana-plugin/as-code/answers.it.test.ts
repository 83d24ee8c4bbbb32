import type { Dashboard } from '@grafana/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { place } from '../../services/query/test/faults.ts'
import { connectionRows } from '../../services/query/test/fleet.ts'
import { cart, web } from '../../services/query/test/scenario.ts'
import { connections, from, range, to } from '../backend/test/data.ts'
import { evaluate } from '../backend/test/frames.ts'
import { Backend, type QueryAnswer } from '../backend/test/grafana.ts'
import { Headwater } from '../backend/test/headwater.ts'
import { provisioned, sourceUid } from './alerts/rule.ts'
import { groups } from './alerts/rules.ts'
import { dashboards } from './dashboards/all.ts'
import { filled, queriesOf } from './test/queries.ts'

const MINUTE = 60_000
let headwater: Headwater
let backend: Backend

/** What a reader has chosen: "All" of what takes several, and an edge that is busy and fails. */
const chosen = { grouping: 'service', cluster: '.*', namespace: '.*', service: 'web', client: 'web', server: 'cart' }
const several = ['cluster', 'namespace']
/** As the data source puts variables in: a pattern of "All" turns = into =~. */
const asked = (filter: string): string =>
  filled(
    filter.replace(/="\$(\w+)"/g, (all, name) => (several.includes(name) ? `=~"$${name}"` : all)),
    chosen,
  )

beforeAll(async () => {
  headwater = await Headwater.start()
  // All of it goes from zone to zone, so that there is something to pay for.
  const resolver = { client: web, server: cart, port: 53, start: from + MINUTE, end: from + MINUTE + 50 }
  const asks = { ...resolver, sent: 60, received: 90, connectUs: 500, srttUs: 900 }
  const rows = [...connections, asks].flatMap(connectionRows)
  const client = place('web', 1)
  await headwater.questions([
    { client, time: from + MINUTE },
    { client, time: from + 2 * MINUTE, rcode: 'SERVFAIL' },
  ])
  await headwater.rows(rows.map((r) => ({ ...r, path_class: 'cross-zone', tx_wire_bytes: r.tx_bytes ?? 0 })))
  for (const node of ['n1', 'n2', 'n3'])
    for (let [time, n] = [from, 0]; time < to; time += 10_000, n++)
      await headwater.report(node, time, { started: from, produced: { rows: n * 10, batches: n } })
  backend = await Backend.start(headwater.source)
})
afterAll(async () => {
  await backend?.stop()
  await headwater?.stop()
})

/** What is not as it should be, of all queries of a dashboard at once. */
async function faults(
  dashboard: Dashboard,
  filterOf: (filter: string) => string,
  isFault: (a: QueryAnswer) => unknown,
) {
  const answers = queriesOf(dashboard).map(async ({ where, target }) => {
    const groupBy = filled(String(target.groupBy), chosen)
    const answer = await backend.query({ ...target, filter: filterOf(String(target.filter)), groupBy }, range)
    return isFault(answer) ? [`${where} ${target.refId}: ${answer.error || 'nothing'}`] : []
  })
  return (await Promise.all(answers)).flat()
}
const isEmpty = ({ error, frames }: QueryAnswer) =>
  error !== '' || frames.length === 0 || frames.some((f) => f.rows === 0)

describe.each(Object.entries(dashboards))('%s', (_, dashboard) => {
  test('a store with rows answers every query', async () => expect(await faults(dashboard, asked, isEmpty)).toEqual([]))

  test('where nothing matches, no query is a mistake', async () => {
    const nobody = (filter: string) => (filter === '' ? '' : '{service="nobody"}')
    expect(await faults(dashboard, nobody, (a) => a.error !== '')).toEqual([])
  })
})

describe.each(groups.flatMap((g) => g.rules.map((r) => [r.uid, r] as const)))('rule %s', (uid, rule) => {
  const queries = provisioned(rule).data.filter((d) => d.datasourceUid === sourceUid)

  test('its queries make numbers with labels, and none that is not', async () => {
    for (const { model, relativeTimeRange } of queries) {
      const of = { from: to - relativeTimeRange.from * 1000, to: to - relativeTimeRange.to * 1000 }
      const answer = await backend.alert(model, of)
      expect(answer.error).toBe('')
      const values = [...evaluate(answer.frames).values()]
      expect(values.some(Number.isNaN)).toBe(false)
      // A day before the rows there is no bill to compare with.
      if (of.to > from) expect(values.length, uid).toBeGreaterThan(0)
    }
  })
})

test('what the rules look for is there, by the labels that their words name', async () => {
  const rules = new Map(groups.flatMap((g) => g.rules.map((r) => [r.uid, r] as const)))
  const found = async (uid: string, of = { from: to - 5 * MINUTE, to }) => {
    const rule = rules.get(uid)
    if (rule === undefined) throw new Error(uid)
    const { frames } = await backend.alert(provisioned(rule).data[0]?.model ?? {}, of)
    return [...evaluate(frames)].map(([key, value]) => ({ ...Object.fromEntries(JSON.parse(key)), value }))
  }
  expect(await found('headwater-service-failing')).toContainEqual(
    expect.objectContaining({ service: 'cart', value: 2 }),
  )
  const failing = (await found('headwater-connections-failing')).filter((f) => f.value > 0)
  expect(failing).toEqual([expect.objectContaining({ client_service: 'web', server_service: 'cart' })])
  expect(await found('headwater-node-silent', { from: to + 5 * MINUTE, to: to + 10 * MINUTE })).toContainEqual(
    expect.objectContaining({ node: 'n1', value: 0 }),
  )
})
