import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pluginSchema } from './pluginSchema.js'

const src = join(import.meta.dirname, '..', 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('plugin.json'))
const read = (file: string) => pluginSchema.parse(JSON.parse(readFileSync(join(src, file), 'utf8')))

describe.each(files)('%s', (file) => {
  test('is what Grafana asks for', () => expect(() => read(file)).not.toThrow())

  test('its logos are there', () => {
    for (const logo of Object.values(read(file).info.logos))
      expect(existsSync(join(src, dirname(file), logo))).toBe(true)
  })

  test('its module is there', () =>
    expect(['ts', 'tsx'].some((e) => existsSync(join(src, dirname(file), `module.${e}`)))).toBe(true))
})

test('the app includes every plugin that it nests, by its name', () => {
  const nested = files.filter((f) => f !== 'plugin.json').map((f) => read(f))
  expect(nested.map((p) => p.id).sort()).toEqual([
    'headwater-datasource',
    'headwater-health-panel',
    'headwater-map-panel',
  ])
  const { includes = [] } = read('plugin.json')
  for (const { type, name } of nested) expect(includes).toContainEqual(expect.objectContaining({ type, name }))
})

test('the webpack configuration names the conventions that it follows', () =>
  expect(readFileSync(join(src, '..', '.config/webpack/webpack.config.ts'), 'utf8')).toContain(
    '@grafana/create-plugin',
  ))
