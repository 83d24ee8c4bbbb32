import { expect, test } from 'vitest'
import { mismatch } from './version.ts'

test.each([
  ['0.1.0', '0.1.7'],
  ['1.2.0', '1.9.3'],
  ['0.1.0', 'dev'],
])('%s fits %s', (plugin, api) => expect(mismatch(plugin, api)).toBeUndefined())

test.each([
  ['0.2.0', '0.1.9', /is newer than Headwater \(0\.1\.9\): update Headwater, or install the plugin of version 0\.1\.9/],
  ['0.9.0', '1.0.0', /is older than Headwater \(1\.0\.0\): install the plugin of version 1\.0\.0/],
  ['2.0.0', '1.5.0', /is newer/],
])('%s does not fit %s', (plugin, api, sentence) => expect(mismatch(plugin, api)).toMatch(sentence))
