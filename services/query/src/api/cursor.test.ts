import { expect, test } from 'vitest'
import { readCursor, writeCursor } from './cursor.js'

const cursor = { range: { from: 1, to: 9 }, after: { time: 5, cookie: '18446744073709551615', hash: '0' } }

test('is read as it was written', () => expect(readCursor(writeCursor(cursor))).toEqual(cursor))

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

test.each([
  '',
  'x',
  encode(null),
  encode({}),
  encode([1, 9, 5, '1']),
  encode([9, 1, 5, '1', '1']),
  encode([1, 9, -5, '1', '1']),
  encode([1, 9, 5.5, '1', '1']),
  encode([1, 9, 5, '18446744073709551616', '1']),
  encode([1, 9, 5, "1' OR 1=1", '1']),
  encode([1, 9, 5, 1, 1]),
  encode([1, 9, 1e300, '1', '1']),
])('%j is refused', (text) => {
  expect(() => readCursor(text)).toThrow(
    expect.objectContaining({ status: 400, options: expect.objectContaining({ parameter: 'cursor' }) }),
  )
})
