import { expect, test } from 'vitest'
import { safeName } from './safe-name.js'

test.each([
  ['cart', 'cart'],
  ['a\u0000b\u001b[2J\n\u007f\u0085c', 'a\ufffdb\ufffd[2J\ufffd\ufffd\ufffdc'],
  ['evil\u202etxt.exe', 'evil\ufffdtxt.exe'],
  ['\u2066a\u2069\u200f\u061c', '\ufffda\ufffd\ufffd\ufffd'],
  ['a\u2028b', 'a\ufffdb'],
  ['lone\ud800', 'lone\ufffd'],
  ['日本語 ✓', '日本語 ✓'],
])('%j becomes %j', (name, safe) => {
  expect(safeName(name)).toBe(safe)
})

test('a long name is cut between code points, with a lone half made safe', () => {
  expect(safeName('x'.repeat(1e6), 128)).toBe('x'.repeat(128))
  expect(safeName(`${'x'.repeat(63)}😀y`)).toBe('x'.repeat(63))
  expect(safeName(`${'x'.repeat(62)}😀`)).toBe(`${'x'.repeat(62)}😀`)
  expect(safeName(`\ud800${'x'.repeat(80)}`)).toBe(`\ufffd${'x'.repeat(63)}`)
})
