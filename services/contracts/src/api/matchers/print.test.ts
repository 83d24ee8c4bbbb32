import { expect, test } from 'vitest'
import { parseMatchers } from './parse.js'
import { literal, printMatchers } from './print.js'

test('what is printed is read as it was', () => {
  const hostile = ['', 'a"b', 'back\\slash', 'new\nline', '\u009b31m', '{x="y"}', '\u202egpj', '`', "it's", '👩‍👩‍👧']
  const matchers = hostile.map((value) => ({ label: 'server_service', operator: '=' as const, value }))
  expect(parseMatchers(printMatchers(matchers))).toEqual(matchers)
})

test('no matchers are no text', () => expect(printMatchers([])).toBe(''))

test('a literal matches itself alone', () => {
  const text = 'a.b*c+(d)|[e]{f}^$\\n?'
  expect(new RegExp(`^${literal(text)}$`).test(text)).toBe(true)
  expect(new RegExp(`^${literal('a.c')}$`).test('abc')).toBe(false)
})
