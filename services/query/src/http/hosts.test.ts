import { describe, expect, test } from 'vitest'
import { HostCheck, isLoopback, splitHost } from './hosts.js'

describe('splitHost', () => {
  test.each([
    ['localhost', 'localhost', ''],
    ['LocalHost:80', 'localhost', '80'],
    ['[::1]:4400', '[::1]', '4400'],
    ['example.com.', 'example.com', ''],
  ])('%s', (header, host, port) => expect(splitHost(header)).toEqual({ host, port }))

  test.each(['', ':80', 'a:b', 'a:1:2', '::1', '[::1', 'a@b', 'a/b', 'a b', 'a:123456', 'x'.repeat(254)])(
    '%j is malformed',
    (header) => expect(splitHost(header)).toBeUndefined(),
  )
})

describe('HostCheck', () => {
  const loopback = new HostCheck('127.0.0.1', [])
  const wildcard = new HostCheck('0.0.0.0', [])
  const one = new HostCheck('192.0.2.7', [])
  const configured = new HostCheck('0.0.0.0', ['a.example:8443', 'b.example', '::1'])

  test.each([
    ['localhost:4400', true, true, true, false],
    ['127.0.0.1', true, true, true, false],
    ['[::1]:9', true, true, true, true],
    ['192.0.2.7:4400', false, true, true, false],
    ['192.0.2.8', false, true, false, false],
    ['evil.example:4400', false, false, false, false],
    ['localhost.evil.example', false, false, false, false],
    ['a.example:8443', false, false, false, true],
    ['a.example', false, false, false, false],
    ['B.example:1', false, false, false, true],
    [undefined, false, false, false, false],
    ['', false, false, false, false],
  ])('%s', (header, ...expected) => {
    expect([loopback, wildcard, one, configured].map((check) => check.accepts(header))).toEqual(expected)
  })
})

test.each([
  ['0.0.0.0', [], 'localhost:4400'],
  ['::1', [], '[::1]:4400'],
  ['192.0.2.7', [], '192.0.2.7:4400'],
  ['0.0.0.0', ['query', 'localhost'], 'localhost:4400'],
  ['0.0.0.0', ['a.example'], 'a.example:4400'],
  ['127.0.0.1', ['a.example:8443', 'b.example'], 'a.example:8443'],
])('listening on %s, with %j allowed, is opened at %s', (listen, allowed, expected) => {
  const hosts = new HostCheck(listen, allowed)
  expect(hosts.authority(4400)).toBe(expected)
  expect(hosts.accepts(expected)).toBe(true)
})

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['[::1]', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.evil.example', false],
])('isLoopback(%s)', (host, expected) => expect(isLoopback(host)).toBe(expected))
