import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { flowsReference } from './flows-reference.js'

it('docs/flows.md is current (npm run docs -w @headwater/contracts writes it)', () => {
  const path = new URL('../../../../docs/flows.md', import.meta.url)
  expect(readFileSync(path, 'utf8')).toBe(flowsReference())
})
