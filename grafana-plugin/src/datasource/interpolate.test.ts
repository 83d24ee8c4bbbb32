import { describe, expect, test } from 'vitest'
import { Templates, type Variable } from '../../test/host/page/templates.js'
import { interpolateFilter } from './interpolate.js'

function put(filter: string, ...variables: Variable[]): string {
  const templates = new Templates()
  templates.variables = variables
  return interpolateFilter(filter, {}, templates)
}
const one = (value: string): Variable => ({ name: 'v', value })
const many = (...value: string[]): Variable => ({ name: 'v', value })

describe('a variable in a filter', () => {
  test('one value is that value', () => expect(put('{service="$v"}', one('cart'))).toBe('{service="cart"}'))

  test('all ways of writing it', () => {
    for (const written of ['$v', `$\{v}`, '[[v]]'])
      expect(put(`{service="${written}"}`, one('cart'))).toBe('{service="cart"}')
  })

  test('a value with quotes and backslashes is quoted', () =>
    expect(put('{service="$v"}', one('a"b\\c'))).toBe('{service="a\\"b\\\\c"}'))

  test('a value that looks like matchers stays a value', () =>
    expect(put('{service="$v"}', one('x",cluster="y'))).toBe('{service="x\\",cluster=\\"y"}'))

  test('several values turn = into =~ and != into !~, each as it is written', () => {
    expect(put('{service="$v"}', many('a.b', 'c(d)'))).toBe('{service=~"(a\\\\.b|c\\\\(d\\\\))"}')
    expect(put('{service!="$v"}', many('a', 'b'))).toBe('{service!~"(a|b)"}')
  })

  test('one of several choices is =', () => expect(put('{service="$v"}', many('a.b'))).toBe('{service="a.b"}'))

  test('under =~ its characters mean themselves, and what is around stays a regular expression', () =>
    expect(put('{service=~"pre.*$v[0-9]"}', one('a.b+c'))).toBe('{service=~"pre.*a\\\\.b\\\\+c[0-9]"}'))

  test('text around it is kept, and escaped where = becomes =~', () => {
    expect(put('{service="shop.$v"}', one('cart'))).toBe('{service="shop.cart"}')
    expect(put('{service="shop.$v"}', many('a', 'b'))).toBe('{service=~"shop\\\\.(a|b)"}')
  })

  test('an "All" of the author\'s own is a regular expression', () =>
    expect(put('{service="$v"}', { name: 'v', value: '$__all', allValue: '.*' })).toBe('{service=~".*"}'))

  test("a format of the writer's own is taken as it is", () =>
    expect(put(`{service=~"$\{v:raw}"}`, one('a|b'))).toBe('{service=~"a|b"}'))

  test('one that is not there stays as written', () => expect(put('{service="$other"}')).toBe('{service="$other"}'))

  test('a whole filter in a variable', () => {
    expect(put('$v', one('{service="cart"}'))).toBe('{service="cart"}')
    expect(put('$v', one(''))).toBe('')
  })

  test('no value chosen matches what has none', () => expect(put('{service="$v"}', many())).toBe('{service=~"()"}'))

  test('a filter that cannot be read is left for the API to refuse', () => expect(put('{service=')).toBe('{service='))
})
