import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { dnsReference } from './dns-reference.js'

it('docs/dns.md is current (npm run docs -w @headwater/contracts writes it)', () => {
  const path = new URL('../../../../docs/dns.md', import.meta.url)
  expect(readFileSync(path, 'utf8')).toBe(dnsReference())
})
