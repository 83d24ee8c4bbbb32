import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { sourceUid } from './alerts/rule.ts'

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'grafana')
const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.yaml'))
const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const id = (plugin: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'src', plugin, 'plugin.json'), 'utf8')).id

test.each(paths)('%s is YAML of version 1', (path) => expect(parse(read(path)).apiVersion).toBe(1))

test('the data source is the one that the rules ask, its address and token come from the environment', () => {
  const [source] = parse(read('provisioning/datasources/headwater.yaml')).datasources
  expect(source).toMatchObject({
    ...{ uid: sourceUid, type: id('datasource') },
    ...{ jsonData: { url: '$HEADWATER_URL' }, secureJsonData: { token: '$HEADWATER_TOKEN' } },
  })
})

test('the app is enabled, and its dashboards lie where it is unpacked', () => {
  expect(parse(read('provisioning/plugins/headwater.yaml')).apps).toMatchObject([{ type: id(''), disabled: false }])
  const [provider] = parse(read('examples/dashboards.yaml')).providers
  expect(provider.options.path).toMatch(new RegExp(`/${id('')}/dashboards$`))
})

test('nothing else is asked of the environment', () => {
  for (const path of paths) {
    const given = read(path)
      .replace(/^ *#.*$/gm, '')
      .replaceAll('$$', '')
    const names = [...given.matchAll(/\$\{?([A-Z_]+[A-Z])\b/g)].map((m) => m[1])
    for (const name of names) expect(['HEADWATER_URL', 'HEADWATER_TOKEN', 'HEADWATER_ALERT_WEBHOOK']).toContain(name)
  }
})
