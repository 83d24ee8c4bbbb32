import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { alertsTable } from '../alerts/files.js'
import { metricTables, withTables } from './reference.js'

/** With UPDATE_DOCS=1 the tables are written. */
test.each([
  ['metrics', () => metricTables()],
  ['alerts', () => ({ alerts: alertsTable() })],
])('docs/%s.md has the tables that the code says', (name, tables) => {
  const path = new URL(`../../../../docs/${name}.md`, import.meta.url)
  const text = readFileSync(path, 'utf8')
  const right = withTables(text, tables())
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, right)
  else expect(text).toBe(right)
})
