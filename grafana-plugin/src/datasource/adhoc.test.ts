import { describe, expect, test } from 'vitest'
import { adHocMatcher, withFilters } from './adhoc.js'

const matched = (key: string, operator: string, value: string, values?: string[]) =>
  withFilters('', [adHocMatcher({ key, operator, value, ...(values && { values }) })])

describe('ad-hoc filters', () => {
  test('operators', () => {
    expect(matched('server_service', '=', 'a"b')).toBe('{server_service="a\\"b"}')
    expect(matched('service', '!~', 'a.*')).toBe('{service!~"a.*"}')
    expect(matched('service', '=|', 'a', ['a.b', 'c'])).toBe('{service=~"a\\\\.b|c"}')
    expect(matched('service', '!=|', 'a', ['a'])).toBe('{service!~"a"}')
  })

  test('what has no meaning says what to do', () => {
    expect(() => matched('server_port', '<', '80')).toThrow('know =, !=, =~, !~ and "one of"')
    expect(() => matched('pod_name', '=', 'x')).toThrow('no label pod_name')
  })

  test('they are added to what the query filters', () => {
    const added = [adHocMatcher({ key: 'cluster', operator: '=', value: 'a' })]
    expect(withFilters('{service="x",}', added)).toBe('{service="x",cluster="a"}')
    expect(withFilters('{}', added)).toBe('{cluster="a"}')
    expect(withFilters('{service="}"}', added)).toBe('{service="}",cluster="a"}')
    expect(withFilters('', [])).toBe('')
  })
})
