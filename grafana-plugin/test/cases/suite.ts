import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { launch, missing, type Visit, visit } from '../../../services/console/test/browser.js'
import { Backend, missingBackend, type Source } from '../../backend/test/grafana.ts'
import { buildPage, type Grafana, missingPackages } from '../host/build.js'
import { dist } from '../host/files.js'
import { type HostServer, startHost } from '../host/server.js'
import { Host, type Open } from './host.js'

export const built = existsSync(join(dist, 'module.js')) ? undefined : 'the plugin is not built (npm run plugin)'
const reasonOf = (grafana: Grafana): string | undefined =>
  built ?? missingBackend() ?? missing(join(dist, 'module.js')) ?? missingPackages(grafana)

/** The Headwater that is looked at, once it runs. */
export interface Seen {
  source: Source
  range: { from: number; to: number }
}

/** Grafana's packages are megabytes of script: a page is built once for all suites of a file. */
const pages = new Map<Grafana, Promise<string>>()
const pageOf = (grafana: Grafana): Promise<string> => {
  const page = pages.get(grafana) ?? buildPage(grafana)
  pages.set(grafana, page)
  return page
}

/**
 * The built plugin, unmodified, with its real backend, in a page with the packages of each Grafana. Each test ends with no error on the
 * page and no request to anywhere else.
 */
export function hostSuite(name: string, seen: () => Seen, cases: (open: Open, grafana: Grafana) => void): void {
  describe.each<Grafana>([12, 13])(`${name}, Grafana %s`, (grafana) => {
    const reason = reasonOf(grafana)
    if (reason !== undefined) console.warn(`SKIP ${name}, Grafana ${grafana}: ${reason}`)
    describe.skipIf(reason !== undefined)('the plugin in Chromium', () => {
      let browser: Browser
      let backend: Backend
      let server: HostServer
      /** A page is used again until a test asks for a fresh one, or fails. */
      let current: Visit | undefined
      const close = async (): Promise<void> => {
        await current?.page.context().close()
        current = undefined
      }
      beforeAll(async () => {
        const { source } = seen()
        backend = await Backend.start(source)
        server = await startHost(grafana, await pageOf(grafana), backend, source)
        browser = await launch()
      })
      afterAll(async () => {
        await browser?.close()
        await server?.close()
        await backend?.stop()
      })
      beforeEach(() => {
        Object.assign(server, { source: seen().source, queries: [] })
      })
      afterEach(async ({ task }) => {
        const { errors = [], foreign = [] } = current ?? {}
        const found = { errors: errors.splice(0), foreign: foreign.splice(0) }
        if (task.result?.state === 'fail') await close()
        expect(found).toEqual({ errors: [], foreign: [] })
      })
      cases(async (fresh = false) => {
        if (fresh) await close()
        current ??= await visit(browser, server, '/')
        await current.page.waitForFunction(() => 'host' in window, undefined, { timeout: 20_000 })
        return new Host(current.page, server, seen().range)
      }, grafana)
    })
  })
}
