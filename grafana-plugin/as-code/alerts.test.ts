import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { canAlert, columnsOf } from '../model/columns.ts'
import { readQuery } from '../model/query.ts'
import { sourceUid } from './alerts/rule.ts'
import { rulesPath } from './files.ts'

const duration = z.string().regex(/^\d+[smhd]$/)
const text = z.string().min(1)
const model = z.looseObject({ refId: text, datasource: z.strictObject({ type: text, uid: text }) })

/** What Grafana's provisioning reads; strict, since a rule file with a mistake keeps Grafana from starting. */
const file = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: text,
      folder: text,
      interval: duration,
      rules: z.array(
        z.strictObject({
          uid: z.string().regex(/^[\w-]{1,40}$/),
          title: z.string().min(1).max(190),
          condition: text,
          for: duration,
          noDataState: z.enum(['OK', 'NoData', 'Alerting', 'KeepLast']),
          execErrState: z.enum(['OK', 'Error', 'Alerting', 'KeepLast']),
          annotations: z.strictObject({ summary: text, description: text }),
          labels: z.record(z.string().regex(/^[a-z_]+$/), text),
          data: z.array(
            z.strictObject({
              refId: text,
              queryType: z.string().optional(),
              relativeTimeRange: z.strictObject({ from: z.int(), to: z.int() }),
              datasourceUid: text,
              model,
            }),
          ),
        }),
      ),
    }),
  ),
})

const { groups } = file.parse(parse(readFileSync(rulesPath, 'utf8')))
const rules = groups.flatMap((g) => g.rules)
const seconds = (of: string) => Number.parseInt(of, 10) * { s: 1, m: 60, h: 3600, d: 86_400 }[of.slice(-1) as 's']

test('groups are evaluated every so many whole tens of seconds', () => {
  for (const { interval } of groups) expect(seconds(interval) % 10).toBe(0)
})

test('uids and titles are each their own', () => {
  for (const key of ['uid', 'title'] as const) expect(new Set(rules.map((r) => r[key])).size).toBe(rules.length)
})

test('one rule tells of errors, the others keep what fires', () => {
  expect(rules.filter((r) => r.execErrState !== 'KeepLast').map((r) => r.uid)).toEqual(['headwater-unanswered'])
})

describe.each(rules.map((r) => [r.uid, r] as const))('%s', (_, rule) => {
  const queries = rule.data.filter((d) => d.datasourceUid === sourceUid)
  const expressions = rule.data.filter((d) => d.datasourceUid === '__expr__')

  test('queries are of the query model, of a type and a number that alerts can be made of', () => {
    expect(queries.length).toBeGreaterThan(0)
    expect(queries.length + expressions.length).toBe(rule.data.length)
    for (const { refId, model, relativeTimeRange, queryType } of queries) {
      const read = readQuery(model)
      if ('error' in read) throw new Error(read.error)
      const { query } = read
      expect([model.refId, queryType]).toEqual([refId, query.queryType])
      expect(canAlert(query.queryType)).toBe(true)
      expect(query.fields).toHaveLength(1)
      expect(columnsOf[query.queryType].find((c) => c.name === query.fields[0])?.kind).toBe('number')
      expect(relativeTimeRange.from).toBeGreaterThan(relativeTimeRange.to)
      // Variables are of dashboards.
      expect(query.filter).not.toContain('$')
    }
  })

  test('series are reduced before a threshold; numbers with labels are not', () => {
    for (const { refId, model } of queries) {
      const used = expressions.filter((e) => new RegExp(`^${refId}$|\\$${refId}\\b`).test(String(e.model.expression)))
      expect(used.length, refId).toBeGreaterThan(0)
      for (const { model: by } of used) expect(by.type === 'reduce').toBe(model.queryType === 'series')
      if (model.queryType !== 'series') expect(model.format).toBe('long')
    }
  })

  test('expressions use what is there, and the condition is the last of them: a threshold', () => {
    const refIds = rule.data.map((d) => d.refId)
    expect(new Set(refIds).size).toBe(refIds.length)
    for (const { model } of expressions) {
      const used =
        model.type === 'math'
          ? String(model.expression)
              .match(/\$\w+/g)
              ?.map((r) => r.slice(1))
          : [model.expression]
      for (const refId of used ?? []) expect(refIds).toContain(refId)
    }
    expect(rule.condition).toBe(expressions.at(-1)?.refId)
    expect(expressions.at(-1)?.model.type).toBe('threshold')
  })

  test('a $ is doubled in labels, and is in no annotation', () => {
    for (const value of Object.values(rule.labels)) expect(value.replaceAll('$$', '')).not.toContain('$')
    for (const value of Object.values(rule.annotations)) expect(value).not.toContain('$')
  })
})
