import { describe, expect, it } from 'vitest'
import { endpoint } from './address.js'
import { exactMoney, money } from './money.js'
import { bytes, count, exactCount, micros, percent, perSecond, perSecondText, rate, share } from './number.js'
import { ellipsis, nameOf, printable } from './text.js'
import { ago, duration } from './time.js'

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [17, '17 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [1234, '1.23 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [45_678_901, '45.7 MB'],
    [9.9e15, '9.90 PB'],
  ])('%d bytes are %s', (n, text) => expect(bytes(n)).toBe(text))
  it('counts are exact up to 9,999', () => {
    expect([count(0), count(9999), count(12_345), exactCount(1_234_567)]).toEqual(['0', '9,999', '12.3k', '1,234,567'])
  })
  it('rates divide by the range, and an empty range has none', () => {
    expect(rate(perSecond(15_000, 10_000))).toBe('1.50 kB/s')
    expect(perSecond(15_000, 0)).toBe(0)
  })
  it('times have their unit, and no sample is a dash', () => {
    expect([micros(null), micros(12), micros(2.34), micros(3400), micros(1_200_000)]).toEqual([
      '–',
      '12 µs',
      '2.3 µs',
      '3.40 ms',
      '1.20 s',
    ])
  })
  it('100 % is only said of all', () => {
    expect([
      percent(1),
      percent(0.99999),
      percent(0.9931),
      percent(0.871),
      percent(0.5),
      percent(0.0123),
      percent(null),
    ]).toEqual(['100 %', '99.99 %', '99.31 %', '87.1 %', '50 %', '1.23 %', '–'])
  })
})

describe('money', () => {
  it('has cents, none of what is much, and two digits of what is little', () => {
    expect([0, 0.00123, 0.5, 1, 374.351, 12_345.6].map((n) => money(n, 'USD'))).toEqual([
      '$0.00',
      '$0.0012',
      '$0.50',
      '$1.00',
      '$374.35',
      '$12,346',
    ])
    expect([money(0.997, 'USD'), money(0.994, 'USD')]).toEqual(['$1.00', '$0.99'])
    expect([money(3, 'EUR'), money(1_500, 'JPY'), exactMoney(0.0123456789, 'USD')]).toEqual([
      '€3.00',
      '¥1,500',
      '$0.012345679',
    ])
  })
  it('stands beside a currency that is none', () => expect(money(2, 'bits')).toBe('2.00 bits'))
})

it('rates of events and small shares have the digits they need', () => {
  expect([0, 0.001, 0.4, 12.34, 1200].map(perSecondText)).toEqual(['0/s', '<0.01/s', '0.40/s', '12.3/s', '1,200/s'])
  expect([null, 0, 0.00001, 0.0004, 0.031, 1].map(share)).toEqual(['–', '0 %', '<0.01 %', '0.04 %', '3.1 %', '100 %'])
})

describe('text from outside', () => {
  it('shows what is hidden as an escape', () => {
    expect(printable('a\u0000\u001b[31m\r\nb')).toBe('a\\x00\\x1b[31m\\x0d\\x0ab')
    expect(printable('\u202egpj.exe')).toBe('\\u202egpj.exe')
    expect(printable('مرحبا')).toBe('مرحبا')
  })
  it('is never blank', () => {
    expect([nameOf(''), nameOf('  '), nameOf('curl')]).toEqual(['unknown', '"  "', 'curl'])
  })
  it('is cut between code points', () => {
    expect(ellipsis('😀😀😀😀', 3)).toBe('😀😀…')
    expect(ellipsis('abc', 3)).toBe('abc')
  })
})

it('addresses of IPv6 are bracketed before a port', () => {
  expect([endpoint('10.0.0.1', 80), endpoint('::1', 443)]).toEqual(['10.0.0.1:80', '[::1]:443'])
})

it('lengths of time take their largest unit', () => {
  expect([duration(5_000), duration(900_000), duration(6 * 3_600_000), duration(3 * 86_400_000), ago(10)]).toEqual([
    '5 s',
    '15 min',
    '6 h',
    '3 d',
    'now',
  ])
})
