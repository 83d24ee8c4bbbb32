import { expect, it } from 'vitest'
import { takeTokenFromAddress, tokenIn } from './token.js'

it('takes a token or the whole address', () => {
  expect([' abc ', 'http://127.0.0.1:4400/#token=abc', 'http://h/?from=now-1h#x=1&token=abc', ''].map(tokenIn)).toEqual(
    ['abc', 'abc', 'abc', ''],
  )
})

it('takes the token out of the address bar', () => {
  const replaced: unknown[] = []
  const history = {
    state: null,
    replaceState: (_s: unknown, _t: string, url: string) => replaced.push(url),
  } as unknown as History
  const location = { hash: '#token=s3cret', pathname: '/', search: '?group=process' } as Location
  expect(takeTokenFromAddress(location, history)).toBe('s3cret')
  expect(replaced).toEqual(['/?group=process'])
  expect(takeTokenFromAddress({ ...location, hash: '#elsewhere' }, history)).toBeUndefined()
})
