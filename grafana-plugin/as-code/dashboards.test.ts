import { defaultDashboard } from '@grafana/schema'
import { parseMatchers } from '@headwater/contracts/api'
import { describe, expect, test } from 'vitest'
import { columnsOf } from '../model/columns.ts'
import { readQuery, takesFilter } from '../model/query.ts'
import { filterLabels } from '../src/datasource/adhoc.ts'
import { dashboards } from './dashboards/all.ts'
import { uids } from './lib/links.ts'
import { filled, panelsOf, queriesOf, variablesIn } from './test/queries.ts'

const ours = ['headwater-map-panel', 'headwater-health-panel']
const grafanas = ['timeseries', 'table', 'stat', 'bargauge', 'nodeGraph', 'row']
/** A variable's value with all that a name may hold. */
const values = { grouping: 'zone', ...Object.fromEntries(filterLabels.map((l) => [l, '.*'])) }

test('each is known by a uid and a title of its own', () => {
  const all = Object.values(dashboards)
  expect(all.map((d) => d.uid).sort()).toEqual(Object.values(uids).sort())
  expect(new Set(all.map((d) => d.title)).size).toBe(all.length)
})

describe.each(Object.entries(dashboards))('%s', (_, dashboard) => {
  const variables = dashboard.templating?.list ?? []
  const names = variables.map((v) => v.name)

  test('is of the schema that the types are of', () => {
    expect(dashboard.schemaVersion).toBe(defaultDashboard.schemaVersion)
    expect(dashboard.id).toBeNull()
    expect(dashboard.uid?.length).toBeLessThanOrEqual(40)
    expect(JSON.parse(JSON.stringify(dashboard))).toEqual(dashboard)
  })

  test('panels are of known types, with a title, an id of their own and a place of their own', () => {
    const panels = dashboard.panels ?? []
    expect(new Set(panels.map((p) => p.id)).size).toBe(panels.length)
    const taken = new Set<string>()
    for (const { type, title, gridPos } of panels) {
      expect([...ours, ...grafanas]).toContain(type)
      expect(title).toMatch(/\S/)
      const { x, y, w, h } = gridPos ?? { x: -1, y: -1, w: 0, h: 0 }
      expect(w > 0 && h > 0 && x >= 0 && x + w <= 24).toBe(true)
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          expect(taken.has(`${column},${line}`), title).toBe(false)
          taken.add(`${column},${line}`)
        }
    }
  })

  test('every query is one of the query model, on the chosen data source', () => {
    expect(queriesOf(dashboard).length).toBeGreaterThan(0)
    for (const { where, target } of queriesOf(dashboard)) {
      expect(target.datasource, where).toEqual({ type: 'headwater-datasource', uid: '$' + '{datasource}' })
      const read = readQuery({ ...target, groupBy: filled(String(target.groupBy), values) })
      expect('error' in read ? read.error : '', where).toBe('')
      if ('error' in read) continue
      const { query } = read
      for (const { label } of parseMatchers(query.filter)) expect(filterLabels, where).toContain(label)
      if (!takesFilter(query.queryType)) expect(query.filter, where).toBe('')
      const known = [...columnsOf[query.queryType].map((c) => c.name), ...filterLabels, 'wire_bytes']
      for (const field of query.fields) expect(known, where).toContain(field)
    }
  })

  test('panels that show the whole answer ask for it', () => {
    for (const { type, targets = [] } of panelsOf(dashboard).filter((p) => ours.includes(p.type)))
      expect(targets, type).toEqual([expect.objectContaining({ queryType: 'map', format: 'frames' })])
    for (const { targets = [] } of panelsOf(dashboard).filter((p) => p.type === 'nodeGraph'))
      expect(targets).toEqual([expect.objectContaining({ queryType: 'map', format: 'node_graph' })])
  })

  test('what it refers to is there: variables, and those of the dashboards that it links to', () => {
    for (const name of variablesIn(JSON.stringify(dashboard.panels))) expect(names).toContain(name)
    for (const name of variablesIn(JSON.stringify(dashboard.annotations))) expect(names).toContain(name)
    for (const [, uid, query = ''] of JSON.stringify(dashboard.panels).matchAll(/"\/d\/([\w-]+)\?([^"]*)"/g)) {
      const target = Object.values(dashboards).find((d) => d.uid === uid)
      const there = target?.templating?.list?.map((v) => v.name) ?? []
      expect(there, uid).toContain('datasource')
      for (const [, name] of query.matchAll(/&var-(\w+)=/g)) expect(there, uid).toContain(name)
    }
  })

  test('variables take values of labels that there are, and are all used', () => {
    const text = JSON.stringify([dashboard.panels, dashboard.annotations])
    for (const variable of variables) {
      if (variable.type === 'query') expect(filterLabels).toContain((variable.query as { label: string }).label)
      if (variable.type !== 'adhoc') expect(variablesIn(text)).toContain(variable.name)
    }
    expect(variables.filter((v) => v.type === 'adhoc')).toHaveLength(1)
  })
})
