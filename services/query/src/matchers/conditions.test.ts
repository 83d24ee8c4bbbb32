import { describe, expect, test } from 'vitest'
import { Params } from '../sql/params.js'
import { matchedColumns, matcherCondition, patterns } from './conditions.js'
import { parseMatchers } from './parse.js'

const condition = (filter: string) => {
  const params = new Params()
  return { sql: matcherCondition(parseMatchers(filter), params), values: Object.values(params.values) }
}

describe('matcherCondition', () => {
  test('without matchers everything holds', () => expect(condition('{}').sql).toBe('1'))

  test('values are parameters, regular expressions anchored at both ends', () => {
    expect(condition('{server_service="a",client_node!="b",transport=~"t.p",server_port!~"80|443"}')).toEqual({
      sql: 'server_service = {p0:String} AND client_node != {p1:String} AND match(transport, {p2:String}) AND NOT match(server_port, {p3:String})',
      values: ['a', 'b', '^(?s:t.p)$', '^(?s:80|443)$'],
    })
  })

  test('without client_ or server_ all hold together at one end', () => {
    expect(condition('{service="a",cluster="c",server_port="1"}')).toEqual({
      sql:
        'server_port = {p0:String} AND ((client_service = {p1:String} AND client_cluster = {p2:String}) OR ' +
        '(server_service = {p3:String} AND server_cluster = {p4:String}))',
      values: ['1', 'a', 'c', 'a', 'c'],
    })
  })

  test.each(["' OR 1=1 --", '{p0:String}', '\\', '`x`', 'a"b'])('%j never becomes SQL', (value) => {
    const { sql, values } = condition(`{server_service=${JSON.stringify(value)}}`)
    expect(sql).toBe('server_service = {p0:String}')
    expect(values).toEqual([value])
  })
})

test('matchedColumns', () => {
  const matchers = parseMatchers('{service="a",client_node="b",transport="tcp"}')
  expect([...matchedColumns(matchers)]).toEqual(['client_service', 'server_service', 'client_node', 'transport'])
})

test('patterns are the regular expressions as written', () => {
  expect(patterns(parseMatchers('{service="a",node=~"b",pod!~"c"}'))).toEqual(['b', 'c'])
})
