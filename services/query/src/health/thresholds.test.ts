import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { changeTable } from '../change/judge.js'
import { thresholdsTable, timingTable } from './thresholds.js'

const path = new URL('../../../../docs/health.md', import.meta.url)
const tables = { thresholds: thresholdsTable(), timing: timingTable(), change: changeTable() }

/** The text with each table between its marks as the constants have it. */
const current = (text: string): string =>
  Object.entries(tables).reduce((all, [name, table]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
    const parts = all.split(begin)
    expect(parts, `${begin} stands once in docs/health.md`).toHaveLength(2)
    const rest = (parts[1] as string).split(end)
    expect(rest, `${end} stands once after it`).toHaveLength(2)
    return `${parts[0]}${begin}\n${table}\n${end}${rest[1]}`
  }, text)

test('docs/health.md tells the thresholds that hold (UPDATE_DOCS=1 writes them)', () => {
  const text = readFileSync(path, 'utf8')
  if (process.env.UPDATE_DOCS) writeFileSync(path, current(text))
  expect(readFileSync(path, 'utf8')).toBe(current(text))
})
