import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { configurationReference } from './reference.js'

it('docs/configuration.md is what the keys say', () => {
  const path = new URL('../../../../docs/configuration.md', import.meta.url)
  const hint = 'run: npm run docs -w @headwater/headwater'
  expect(readFileSync(path, 'utf8'), hint).toBe(configurationReference())
})
