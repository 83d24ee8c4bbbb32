import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Addon, addon } from '../src/addon.js'
import { counterTable, put, recordTable, take } from './tables.js'

const readme = new URL('../../bpf/README.md', import.meta.url)

let built: Addon | undefined
let reason = ''
try {
  built = addon()
} catch (error) {
  reason = (error as Error).message
  console.warn(`SKIP tables: ${reason}`)
}

// Mend with UPDATE_DOCS=1.
it.skipIf(!built)('the tables of bpf/README.md are those of flow.h', () => {
  const { layout, dnsLayout, constants } = built!
  const found = readFileSync(readme, 'utf8')
  const tables = {
    records: recordTable(layout),
    dns: recordTable(dnsLayout),
    counters: counterTable(constants.counters!),
  }
  const expected = Object.entries(tables).reduce((text, [name, table]) => put(text, name, table), found)
  if (process.env.UPDATE_DOCS) writeFileSync(readme, expected)
  for (const name of Object.keys(tables)) expect(take(found, name)).toBe(take(expected, name))
})
