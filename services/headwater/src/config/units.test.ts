import { describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from './address.js'
import { formatDuration, parseDuration } from './duration.js'
import { formatSize, parseSize } from './size.js'
import { nearest } from './suggest.js'

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5_000],
    ['2m', 120_000],
    ['72h', 259_200_000],
    ['3d', 259_200_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms))
  it.each(['', '5', 's', '-5s', '5 s', '1.5s', '5w', '5S', 'five'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  )
  it.each(['500ms', '5s', '90s', '3d', '1h'])('%s is written as it was read', (text) =>
    expect(formatDuration(parseDuration(text) ?? 0)).toBe(text),
  )
})

describe('sizes', () => {
  it.each([
    ['10GiB', 10 * 2 ** 30],
    ['500 MB', 5e8],
    ['1048576', 1048576],
    ['1kB', 1000],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))
  it.each(['', '10G', '-1GiB', '1.5GiB', '10gib', 'GiB', '999999999999999TiB'])('%j is none', (text) =>
    expect(parseSize(text)).toBeUndefined(),
  )
  it('is written in the largest unit that is exact', () => {
    expect(formatSize(10 * 2 ** 30)).toBe('10GiB')
    expect(formatSize(1_000_001)).toBe('1000001B')
  })
})

describe('addresses', () => {
  it.each([
    ['127.0.0.1:4400', '127.0.0.1', 4400],
    ['[::1]:0', '::1', 0],
    ['headwater.example:80', 'headwater.example', 80],
  ])('%s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port })
    expect(formatAddress({ host, port })).toBe(text)
  })
  it.each(['4400', ':4400', '::1:4400', '127.0.0.1', '127.0.0.1:65536', '[127.0.0.1]:1', '[x]:1', 'a b:1', 'h:-1'])(
    '%j is none',
    (text) => expect(parseAddress(text)).toBeUndefined(),
  )
})

it('suggests what is near, and nothing far', () => {
  expect(nearest('kafka.broker', ['kafka.brokers', 'listen'])).toBe('kafka.brokers')
  expect(nearest('HEADWATER_LISTN', ['HEADWATER_LISTEN', 'HEADWATER_NODE'])).toBe('HEADWATER_LISTEN')
  expect(nearest('banana', ['kafka.brokers', 'listen'])).toBeUndefined()
})
