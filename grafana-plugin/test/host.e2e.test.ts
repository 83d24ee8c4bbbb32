import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launch, missing, type Visit, visit } from '../../services/console/test/browser.js'
import { entriesOf } from '../.config/zip/entries.js'
import { zipPlugin } from '../.config/zip/zip.js'
import { editorCases } from './cases/editors.js'
import { pageCases } from './cases/pages.js'
import { panelCases } from './cases/panels.js'
import { pictureCases } from './cases/pictures.js'
import { queryCases } from './cases/queries.js'
import { Host } from './cases/suite.js'
import { buildPage, type Grafana, missingPackages } from './host/build.js'
import { type HostServer, startHost } from './host/server.js'

const dist = join(import.meta.dirname, '..', 'dist')
const built = existsSync(join(dist, 'module.js')) ? undefined : 'the plugin is not built (npm run plugin)'

/** The built plugin, unmodified, in a page with the packages of a real Grafana. Each test ends with no error on the page. */
describe.each<Grafana>([12, 13])('Grafana %s', (grafana) => {
  const reason = built ?? missing(join(dist, 'module.js')) ?? missingPackages(grafana)
  if (reason !== undefined) console.warn(`SKIP the plugin in Grafana ${grafana}: ${reason}`)
  describe.skipIf(reason !== undefined)('the plugin in Chromium', () => {
    let browser: Browser
    let server: HostServer
    /** Grafana's packages are megabytes of script: a page is used again until a test asks for a fresh one, or fails. */
    let current: Visit | undefined
    const close = async (): Promise<void> => {
      await current?.page.context().close()
      current = undefined
    }
    beforeAll(async () => {
      server = await startHost(grafana, await buildPage(grafana))
      browser = await launch()
    })
    afterAll(async () => {
      await browser?.close()
      await server?.close()
    })
    beforeEach(() => {
      Object.assign(server, { scenario: 'demo', asked: [], queries: [] })
    })
    afterEach(async ({ task }) => {
      const { errors = [], foreign = [] } = current ?? {}
      const seen = { errors: errors.splice(0), foreign: foreign.splice(0) }
      if (task.result?.state === 'fail') await close()
      expect(seen).toEqual({ errors: [], foreign: [] })
    })
    const open = async (fresh = false): Promise<Host> => {
      if (fresh) await close()
      current ??= await visit(browser, server, '/')
      await current.page.waitForFunction(() => 'host' in window, undefined, { timeout: 20_000 })
      return new Host(current.page, server)
    }
    panelCases(open)
    queryCases(open)
    editorCases(open)
    pageCases(open)
    if (grafana === 13 && process.env.UPDATE_PICTURES) pictureCases(open)
  })
})

describe.skipIf(built !== undefined)('the zip of the built plugin', () => {
  it('has all that Grafana and its catalog ask for, in one folder', async () => {
    const file = join(tmpdir(), `headwater-app-${process.pid}.zip`)
    await zipPlugin(dist, 'headwater-app', file)
    const names = entriesOf(readFileSync(file)).map((e) => e.name)
    rmSync(file)
    const plugins = ['', 'datasource/', 'map-panel/', 'health-panel/']
    const each = plugins.flatMap((p) =>
      ['plugin.json', 'module.js', 'img/logo.svg'].map((n) => `headwater-app/${p}${n}`),
    )
    const whole = ['README.md', 'CHANGELOG.md', 'LICENSE'].map((n) => `headwater-app/${n}`)
    expect(names).toEqual(expect.arrayContaining([...each, ...whole]))
    expect(names.filter((n) => !n.startsWith('headwater-app/') || n.endsWith('.map'))).toEqual([])
  })
})
