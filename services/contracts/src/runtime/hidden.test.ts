import { expect, it } from 'vitest'
import { escapeHidden } from './hidden.js'

it.each([
  ['cart', 'cart'],
  ['日本語 👩‍👩‍👧 ✓ <b>"\'', '日本語 👩‍👩‍👧 ✓ <b>"\''],
  ['a\u001b[31m\n\u007f\u009b', 'a\\u001b[31m\\u000a\\u007f\\u009b'],
  ['\u202egpj.exe\u2066\u2069\u200f\u061c', '\\u202egpj.exe\\u2066\\u2069\\u200f\\u061c'],
  ['\u2028\u200b\ufeff\u00ad\u{e0041}', '\\u2028\\u200b\\ufeff\\u00ad\\udb40\\udc41'],
])('%j is shown as %s', (text, shown) => {
  expect(escapeHidden(text)).toBe(shown)
  expect(JSON.parse(escapeHidden(JSON.stringify(text)))).toBe(text)
})

it('keeps what it is told to', () => expect(escapeHidden('a\n\tb\r', '\n\t')).toBe('a\n\tb\\u000d'))
