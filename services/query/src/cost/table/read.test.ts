import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@headwater/contracts/runtime'
import { describe, expect, test } from 'vitest'
import { entryText } from './describe.js'
import { examplePrices, parsePriceTable, readPriceTable } from './read.js'

const table = (entries: string, head = 'currency: USD') => `${head}\nprices:\n${entries}\n`

function problems(text: string): string[] {
  try {
    parsePriceTable(text, 'prices.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ code: 'config', fix: expect.stringContaining('docs/cost.md') })
    return (error as UserError).message.split('\n')
  }
  return []
}

const zone = (more: string) => table(`  - { name: z, item: cross-zone, ${more} }`)
const net = (tiers: string) => table(`  - { name: n, item: internet, tiers: ${tiers} }`)
const Z = 'prices.yaml: prices[0] (z): '
const N = 'prices.yaml: prices[0] (n): '

describe('parsePriceTable', () => {
  test('reads every kind of entry', () => {
    const { currency, example, entries } = parsePriceTable(
      `
currency: EUR
example: true
prices:
  - { name: zones, item: cross-zone, per_gb: 0.01, charged: both, region: eu-1, source: the contract, date: 2026-01-31 }
  - { name: "to us", item: cross-region, from: eu-1, to: us-1, per_gb: 0.02 }
  - { name: out, item: internet, tiers: [{ up_to_gb: 100, per_gb: 0 }, { per_gb: 0.09 }] }
  - { name: nat, item: nat-gateway, gateway: nat-shop, per_gb: 0 }
`,
      'x',
    )
    expect([currency, example]).toEqual(['EUR', true])
    expect(entries[0]).toEqual({
      name: 'zones',
      item: 'cross-zone',
      where: { region: 'eu-1' },
      tiers: [{ up_to_gb: null, per_gb: 0.01 }],
      charged: 'both',
      source: 'the contract',
      date: '2026-01-31',
    })
    expect(entries.map((e) => entryText(e, currency))).toEqual([
      '0.01 EUR per GB, at both ends, in eu-1',
      '0.02 EUR per GB, from eu-1 to us-1',
      'free up to 100 GB, then 0.09 EUR per GB, in a month, everywhere',
      'free, at nat-shop',
    ])
  })

  test.each<[text: string, says: string]>([
    ['', 'prices.yaml: a price table holds currency and prices'],
    ['- 1', 'prices.yaml: a price table holds currency and prices'],
    ['currency: USD', 'prices.yaml: prices takes a list of entries'],
    [
      table('  []', 'currency: XYZ'),
      'prices.yaml: currency is "XYZ", and takes a code of ISO 4217 such as USD or EUR, one for the whole table',
    ],
    [table('  []', 'currency: usd'), 'did you mean USD?'],
    [table('  []', 'currency: [USD, EUR]'), 'currency is ["USD","EUR"], and takes a code of ISO 4217'],
    ['prices: []', 'prices.yaml: currency is missing, and takes a code of ISO 4217'],
    [
      table('  []', 'currency: USD\nprice: 1'),
      'prices.yaml: price is no key of a price table; allowed are currency, example, prices',
    ],
    [table('  []', 'currency: USD\nexample: maybe'), 'prices.yaml: example is "maybe", and takes true or false'],
    [table('  - 5'), 'prices.yaml: prices[0]: it is 5, and takes a map such as'],
    [
      table('  - { item: internet, per_gb: 1 }'),
      'prices.yaml: prices[0]: name is missing, and takes a text of 1 to 253',
    ],
    [
      table('  - { name: "a\\u0007b", item: internet, per_gb: 1 }'),
      'prices.yaml: prices[0]: name is "a\\u0007b", and takes a text',
    ],
    [
      table('  - { name: x, item: egress, per_gb: 1 }'),
      'prices.yaml: prices[0] (x): item is "egress", and takes one of cross-zone, cross-region, internet, nat-gateway',
    ],
    [zone('per_gb: -0.01'), `${Z}per_gb is -0.01, and takes a number from 0 to 1000000, or tiers are given instead`],
    [zone('per_gb: .inf'), `${Z}per_gb is Infinity, and takes a number`],
    [zone('per_gb: .nan'), `${Z}per_gb is NaN, and takes a number`],
    [zone('per_gb: "0.01"'), `${Z}per_gb is "0.01", and takes a number`],
    [zone('charged: both'), `${Z}per_gb is missing, and takes a number`],
    [zone('per_gb: 1, charged: twice'), `${Z}charged is "twice", and takes sender or both`],
    [
      zone('per_gb: 1, gateway: g'),
      `${Z}gateway is no key of cross-zone; allowed are name, item, from, to, region, charged, per_gb, tiers, source, date`,
    ],
    [zone('per_gb: 1, from: 12'), `${Z}from is 12, and takes a text of 1 to 253 characters`],
    [zone('per_gb: 1, from: a, to: a'), `${Z}to is "a", and takes another name than from`],
    [zone('per_gb: 1, date: 2026-02-30'), `${Z}date is "2026-02-30", and takes a day such as 2026-01-31`],
    [zone('per_gb: 1, date: tomorrow'), `${Z}date is "tomorrow", and takes a day`],
    [zone('per_gb: 1, tiers: [{ per_gb: 1 }]'), `${Z}per_gb and tiers are both given: leave out one of the two`],
    [net('[]'), `${N}tiers is [], and takes a list of 1 to 100 tiers`],
    [net('[5]'), `${N}tiers[0]: it is 5, and takes up_to_gb and per_gb`],
    [net('[{ per_gb: 1, upto: 2 }]'), `${N}tiers[0]: upto is no key of a tier; allowed are up_to_gb, per_gb`],
    [net('[{ up_to_gb: 10, per_gb: 1 }]'), `${N}tiers[0]: up_to_gb is 10, and takes nothing in the last tier`],
    [
      net('[{ per_gb: 1 }, { per_gb: 2 }]'),
      `${N}tiers[0]: up_to_gb is missing, and takes a number in every tier but the last`,
    ],
    [
      net('[{ up_to_gb: 10, per_gb: 1 }, { up_to_gb: 10, per_gb: 2 }, { per_gb: 3 }]'),
      `${N}tiers[1]: up_to_gb is 10, and takes more than the tier before, 10`,
    ],
    [net('[{ up_to_gb: 0, per_gb: 1 }, { per_gb: 3 }]'), `${N}tiers[0]: up_to_gb is 0, and takes a number above 0`],
    [net('[{ up_to_gb: 1, per_gb: -1 }, { per_gb: 3 }]'), `${N}tiers[0]: per_gb is -1, and takes a number from 0`],
    [
      table('  - { name: a, item: internet, per_gb: 1 }\n  - { name: a, item: nat-gateway, per_gb: 1 }'),
      'prices.yaml: prices: 2 entries are called "a", and each takes a name of its own',
    ],
    [
      'currency: USD\nprices: []\n"x\\e[2J\\nforged: line": 1',
      'prices.yaml: "x\\u001b[2J\\nforged: line" is no key of a price table; allowed are currency, example, prices',
    ],
    [zone('per_gb: 1, "y\\nz": 1'), `${Z}"y\\nz" is no key of cross-zone; allowed are name, item, from, to, region`],
    [zone('per_gb: 1, currency: EUR'), `${Z}currency is no key of cross-zone; the whole table has one currency`],
    [net('[{ per_gb: 1, "\\e": 2 }]'), `${N}tiers[0]: "\\u001b" is no key of a tier`],
    [
      table('  - { name: "a\\u202eb", item: internet, per_gb: 1 }'),
      'prices.yaml: prices[0]: name is "a\\u202eb", and takes a text of 1 to 253 characters without control characters',
    ],
    [
      'currency: &a [*a]\nprices: []',
      'prices.yaml: currency is a value that holds itself, and takes a code of ISO 4217',
    ],
    ['currency: USD\nprices: [&a [*a]]', 'prices.yaml: prices[0]: it is a value that holds itself, and takes a map'],
    ['currency: USD\ncurrency: EUR\nprices: []', 'price table prices.yaml: Map keys must be unique'],
    ['currency: "USD', 'price table prices.yaml: Missing closing'],
  ])('%j is refused', (text, says) => {
    expect(problems(text).join('\n')).toContain(says)
  })

  test('tells all that is wrong at once', () => {
    expect(
      problems(table('  - { name: x, item: internet, per_gb: -1, date: x }\n  - 1', 'currency: QQQ')),
    ).toHaveLength(4)
  })
})

test('of many mistakes the first are told', () => {
  const lines = problems(table(Array.from({ length: 30 }, () => '  - 1').join('\n')))
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('and 10 more')
})

describe('entries for the same traffic', () => {
  const entry = (name: string, where: string) => `  - { name: ${name}, item: cross-region, per_gb: 1${where} }`
  const overlap = (...entries: string[]) => problems(table(entries.join('\n')))

  test('equally specific ones are an error that names both', () => {
    expect(overlap(entry('a', ''), entry('b', ''))).toEqual([
      'prices.yaml: prices: "a" (everywhere) and "b" (everywhere) are equally specific prices of cross-region for the same traffic: give one of them further keys, or leave it out',
    ])
    expect(overlap(entry('a', ', from: x'), entry('b', ', to: y'))[0]).toContain('"a" (from x) and "b" (to y)')
    expect(overlap(entry('a', ', from: x, to: y'), entry('b', ', from: x, to: y'))).toHaveLength(1)
  })

  test('no error where one is more specific, they never meet, or a third decides', () => {
    expect(overlap(entry('a', ''), entry('b', ', from: x'))).toEqual([])
    expect(overlap(entry('a', ', from: x'), entry('b', ', from: y'))).toEqual([])
    const zone = (name: string, where: string) => `  - { name: ${name}, item: cross-zone, per_gb: 1, ${where} }`
    expect(overlap(zone('a', 'region: x'), zone('b', 'from: x1'))).toEqual([])
    expect(overlap(entry('a', ', from: x'), entry('b', ', to: y'), entry('c', ', from: x, to: y'))).toEqual([])
    expect(overlap(entry('a', ', from: x'), entry('b', ', to: y'), entry('c', ', from: x, to: z'))).toHaveLength(1)
  })
})

describe('readPriceTable', () => {
  test('says which file cannot be read', () => {
    expect(() => readPriceTable('/nowhere/prices.yaml')).toThrow(/price table \/nowhere\/prices.yaml: ENOENT/)
    expect(() => readPriceTable('/')).toThrow(/price table \/: EISDIR/)
  })

  test('reads no huge file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'headwater-prices-'))
    try {
      const path = join(folder, 'prices.yaml')
      writeFileSync(path, ' '.repeat(1_048_577))
      expect(() => readPriceTable(path)).toThrow(/has 1048577 bytes, and takes at most 1048576/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('the table in docs/cost.md can be taken as it stands', () => {
    const text = readFileSync(new URL('../../../../../docs/cost.md', import.meta.url), 'utf8')
    const yaml = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
    expect(parsePriceTable(yaml, 'docs/cost.md').entries).toHaveLength(4)
  })

  test('the built-in examples are whole, each entry with source and date', () => {
    const { example, entries } = examplePrices()
    expect(example).toBe(true)
    expect(entries.map((e) => e.item).sort()).toEqual(['cross-region', 'cross-zone', 'internet', 'nat-gateway'])
    expect(entries.every((e) => e.source.length > 10 && /^\d{4}-\d\d-\d\d$/.test(e.date))).toBe(true)
  })
})
