import { expect, test } from 'vitest'
import { changed, readRows, withMore, without } from './matcherRows.js'

const filter = '{server_service="cart",client_node=~"n.*"}'
const { matchers } = readRows(filter)

test('rows and text are one filter', () => {
  expect(changed(matchers, 0, { value: 'a"b' })).toBe('{server_service="a\\"b",client_node=~"n.*"}')
  expect(without(matchers, 0)).toBe('{client_node=~"n.*"}')
  expect(without(matchers.slice(0, 1), 0)).toBe('')
  expect(withMore([], { label: 'service', operator: '!=', value: '' })).toBe('{service!=""}')
})

test('text that cannot be read says why', () => {
  expect(readRows('{service=}').error).toContain('a quoted value is missing (at character 10)')
  expect(readRows('{nonsense="x"}').error).toContain('there is no label "nonsense"')
})

test('a whole filter in a variable has no rows, and no mistake', () =>
  expect(readRows('$filter')).toEqual({ matchers: [], error: undefined }))
