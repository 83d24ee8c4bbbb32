import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pluginSchema } from '../test/pluginSchema.ts'
import { dashboards } from './dashboards/all.ts'
import { dashboardFolder, files } from './files.ts'

const src = join(import.meta.dirname, '..', 'src')

test.each([...files()])('%s is what the code makes: else run "npm run as-code" in grafana-plugin', (path, text) =>
  expect(existsSync(path) && readFileSync(path, 'utf8')).toBe(text),
)

test('no dashboard is left from before', () => {
  const made = [...files().keys()].map((path) => path.slice(dashboardFolder.length + 1))
  for (const name of readdirSync(dashboardFolder)) expect(made).toContain(name)
})

test('the app includes every dashboard by its title', () => {
  const { includes = [] } = pluginSchema.parse(JSON.parse(readFileSync(join(src, 'plugin.json'), 'utf8')))
  expect(includes.filter((i) => i.type === 'dashboard')).toEqual(
    Object.entries(dashboards).map(([name, { title }]) => ({
      type: 'dashboard',
      name: title,
      path: `dashboards/${name}.json`,
    })),
  )
})
