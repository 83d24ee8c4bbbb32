import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UserError } from '@headwater/contracts/runtime'
import { parse as parseYaml } from 'yaml'
import { whereText } from './describe.js'
import { readEntry } from './entry.js'
import { overlaps } from './overlap.js'
import type { PriceEntry, PriceTable } from './price-table.js'
import { isMap, keyText, Problems } from './problems.js'

const MAX_ENTRIES = 1_000
const MAX_FILE_BYTES = 1_048_576
const EXAMPLE = fileURLToPath(new URL('../../../prices/example.yaml', import.meta.url))
const FIX = 'docs/cost.md describes the file; mend it, or leave prices (HEADWATER_PRICES) out.'

const keys = ['currency', 'example', 'prices']

function unreadable(source: string, cause: unknown): UserError {
  return new UserError('config', `price table ${source}: ${(cause as Error).message.trim()}`, FIX, { cause })
}

function checkCurrency(currency: unknown, problems: Problems): void {
  const known = Intl.supportedValuesOf('currency')
  if (typeof currency === 'string' && known.includes(currency)) return
  const upper = typeof currency === 'string' ? currency.toUpperCase() : ''
  const near = known.includes(upper) ? `; did you mean ${upper}?` : ''
  problems.value('', 'currency', currency, `a code of ISO 4217 such as USD or EUR, one for the whole table${near}`)
}

function checkEntries(entries: readonly PriceEntry[], problems: Problems): void {
  const names = new Map<string, number>()
  for (const { name } of entries) names.set(name, (names.get(name) ?? 0) + 1)
  for (const [name, count] of names)
    if (count > 1) problems.add('prices', `${count} entries are called "${name}", and each takes a name of its own`)
  for (const [a, b] of overlaps(entries))
    problems.add(
      'prices',
      `"${a.name}" (${whereText(a)}) and "${b.name}" (${whereText(b)}) are equally specific prices of ${a.item} for the same traffic: give one of them further keys, or leave it out`,
    )
}

/**
 * Checks the text of a price table.
 * @param source what errors and answers call it
 * @throws UserError `config` that names every entry and key that is wrong, its value and what is allowed
 */
export function parsePriceTable(text: string, source: string): PriceTable {
  let content: unknown
  try {
    content = parseYaml(text, { logLevel: 'error' })
  } catch (cause) {
    throw unreadable(source, cause)
  }
  const problems = new Problems(source)
  const entries: PriceEntry[] = []
  const table = isMap(content) ? content : {}
  if (!isMap(content)) problems.add('', 'a price table holds currency and prices')
  else {
    for (const key of Object.keys(content))
      if (!keys.includes(key))
        problems.add('', `${keyText(key)} is no key of a price table; allowed are ${keys.join(', ')}`)
    checkCurrency(table.currency, problems)
    if (table.example !== undefined && typeof table.example !== 'boolean')
      problems.value('', 'example', table.example, 'true or false')
    const { prices } = table
    if (Array.isArray(prices) && prices.length <= MAX_ENTRIES)
      for (const [i, value] of prices.entries()) {
        const entry = readEntry(value, i, problems)
        if (entry !== undefined) entries.push(entry)
      }
    else
      problems.add(
        '',
        Array.isArray(prices)
          ? `prices has ${prices.length} entries, and takes at most ${MAX_ENTRIES}`
          : 'prices takes a list of entries',
      )
    checkEntries(entries, problems)
  }
  if (problems.any) throw new UserError('config', problems.toString(), FIX)
  return { source, example: table.example === true, currency: table.currency as string, entries }
}

/** Reads a price table from a file. @throws UserError `config` */
export function readPriceTable(path: string): PriceTable {
  let text: string
  try {
    const { size } = statSync(path)
    if (size > MAX_FILE_BYTES) throw new Error(`has ${size} bytes, and takes at most ${MAX_FILE_BYTES}`)
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw unreadable(path, cause)
  }
  return parsePriceTable(text, path)
}

/** The list prices that come with the program, where none are configured. */
export const examplePrices = (): PriceTable => ({ ...readPriceTable(EXAMPLE), source: 'built-in examples' })
