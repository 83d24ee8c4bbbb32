import { describe, expect, test } from 'vitest'
import { crossZone } from './charges.js'
import { PriceBook, Rates } from './price-book.js'
import { parsePriceTable } from './table/read.js'

const book = (entries: string) => new PriceBook(parsePriceTable(`currency: USD\nprices:\n${entries}`, 'x'))
const place = (zone: string) => ({ cluster: 'c', zone, region: zone.slice(0, 2) })

test('the most specific entry holds; without any there is none', () => {
  const zones = book(`
  - { name: from a, item: cross-zone, from: eu-a, per_gb: 1 }
  - { name: a to b, item: cross-zone, from: eu-a, to: eu-b, per_gb: 2 }
  - { name: in us, item: cross-zone, region: us, per_gb: 3 }`)
  const name = (from: string, to: string) => zones.entryFor(crossZone(place(from), place(to), 1))?.name
  expect(name('eu-a', 'eu-b')).toBe('a to b')
  expect(name('eu-a', 'eu-c')).toBe('from a')
  expect(name('eu-b', 'eu-a')).toBeUndefined()
  expect(name('us-b', 'us-a')).toBe('in us')
})

describe('tiers', () => {
  const tiered = book(`
  - name: out
    item: internet
    tiers: [{ up_to_gb: 100, per_gb: 0 }, { up_to_gb: 1000, per_gb: 0.1 }, { per_gb: 0.05 }]`)
  const charge = (gb: number) => ({
    item: 'internet' as const,
    bytes: gb * 1e9,
    where: { region: '' },
    from: '',
    to: '',
  })
  const perGb = (gb: number, months = 1) => {
    const rates = new Rates(tiered, months)
    rates.add(charge(gb / 2))
    rates.add(charge(gb / 2))
    return rates.perGb(tiered.entryFor(charge(1)) as NonNullable<ReturnType<typeof tiered.entryFor>>)
  }

  test.each([
    [0, 0],
    [50, 0],
    [100, 0],
    [200, (100 * 0.1) / 200],
    [1000, 90 / 1000],
    [3000, (90 + 2000 * 0.05) / 3000],
  ])('%i GB in a month', (gb, price) => expect(perGb(gb)).toBeCloseTo(price, 12))

  test('the rate of the range, in a month, chooses the tier', () => {
    expect(perGb(200 / 30, 1 / 30)).toBeCloseTo(perGb(200), 12)
    expect(perGb(400, 2)).toBeCloseTo(perGb(200), 12)
  })
})
