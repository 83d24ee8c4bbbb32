import { expect, test } from 'vitest'
import { gigabytes, money } from './words.js'

test.each([
  [12.345, 'USD', '12.35 USD'],
  [1234567.8, 'USD', '1234567.80 USD'],
  [0.0031415, 'EUR', '0.00314 EUR'],
  [0, 'EUR', '0 EUR'],
  [1250.4, 'JPY', '1250 JPY'],
])('%f %s', (amount, currency, text) => expect(money(amount, currency)).toBe(text))

test.each([
  [0, '0 GB'],
  [1234, '0.00000123 GB'],
  [12_345e6, '12.3 GB'],
  [1234.5e9, '1235 GB'],
])('%i bytes', (bytes, text) => expect(gigabytes(bytes)).toBe(text))
