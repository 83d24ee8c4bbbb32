import { describe, expect, test } from 'vitest'
import { MatcherError, parseMatchers } from './parse.js'

const one = (text: string) => parseMatchers(text)[0]

describe('parseMatchers', () => {
  test.each(['', '  ', '{}', ' { } '])('%j matches everything', (text) => expect(parseMatchers(text)).toEqual([]))

  test('operators, spaces, a comma at the end', () => {
    expect(parseMatchers('{server_service="cart", server_port=~"80|443" ,client_node != "n1",pod!~`a.*`,}')).toEqual([
      { label: 'server_service', operator: '=', value: 'cart' },
      { label: 'server_port', operator: '=~', value: '80|443' },
      { label: 'client_node', operator: '!=', value: 'n1' },
      { label: 'pod', operator: '!~', value: 'a.*' },
    ])
  })

  test.each([
    ['"a\\"b"', 'a"b'],
    ["'a\\'b\"'", `a'b"`],
    ['"\\\\d+"', '\\d+'],
    ['`\\d+"\'`', `\\d+"'`],
    ['"\\n\\t\\r\\a\\b\\f\\v"', '\n\t\r\x07\b\f\v'],
    ['"\\x41\\101\\u00e9\\U0001F600"', 'AAé😀'],
    ['"}{,="', '}{,='],
    ['""', ''],
  ])('the text %s is %j', (text, value) => expect(one(`{service=${text}}`)?.value).toBe(value))

  test.each([
    ['service="a"', /starts with \{/, 1],
    ['{', /label is missing/, 2],
    ['{service', /one of =, !=/, 9],
    ['{service>"a"}', /one of =, !=/, 9],
    ['{service="a"', /comma or \}/, 13],
    ['{service="a" service="b"}', /comma or \}/, 14],
    ['{,}', /label is missing/, 2],
    ['{service="a",,}', /label is missing/, 14],
    ['{service="a"} x', /after the closing/, 15],
    ['{service=a}', /quoted value/, 10],
    ['{service="a}', /closing "/, 10],
    ['{service="\\q"}', /unknown escape/, 11],
    ['{service="\\', /unknown escape/, 11],
    ['{service="\\ud800"}', /no character/, 11],
    ['{service="\\U00110000"}', /no character/, 11],
    ['{service="\\x00"}', /NUL/, 10],
    ['{service="\0"}', /NUL/, 10],
    ['{colour="a"}', /no label "colour"; allowed are client_service/, 2],
    ['{1="a"}', /label is missing/, 2],
    ['{__proto__="a"}', /no label "__proto__"/, 2],
    ['{client_service;DROP="a"}', /one of =/, 16],
  ])('%j is refused, with the place', (text, says, position) => {
    const error = (() => {
      try {
        return parseMatchers(text)
      } catch (e) {
        return e
      }
    })()
    expect(error).toBeInstanceOf(MatcherError)
    expect(error).toMatchObject({ position, message: expect.stringMatching(says) })
  })

  test('at most 32', () => {
    const many = (n: number) => `{${new Array(n).fill('service="a"').join(',')}}`
    expect(parseMatchers(many(32))).toHaveLength(32)
    expect(() => parseMatchers(many(33))).toThrow(/at most 32/)
  })

  test('long hostile text is read in no time', () => {
    for (const text of [
      `{${' '.repeat(4000)}`,
      `{service="${'\\'.repeat(4000)}`,
      '{'.repeat(4000),
      `{${'a'.repeat(4000)}="x"}`,
    ])
      expect(() => parseMatchers(text)).toThrow(MatcherError)
  })
})
