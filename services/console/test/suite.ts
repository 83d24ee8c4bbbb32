/// <reference lib="dom" />
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { launch, missing, type Visit, visit } from './browser.js'
import { edgeId, nodeId, party } from './fixture/answers.js'
import { topologyOf } from './fixture/api.js'
import { startServer, type TestServer } from './server.js'

const dist = join(import.meta.dirname, '..', 'dist', 'app')

export const shop = topologyOf('demo')
export const named = (name: string): string => nodeId(shop.parties.find((p) => p.name === name) ?? party(shop, 0))
export const linked = (client: string, server: string): string =>
  edgeId(
    shop,
    shop.links.find((l) => party(shop, l.client).name === client && party(shop, l.server).name === server) ??
      shop.links[0]!,
  )
export const rgb = (colour: string): number[] => [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16))

export interface Suite {
  /** Anew for each test. */
  readonly server: TestServer
  open(path: string, options?: BrowserContextOptions): Promise<Page>
  /** Parameters of the requests for `/api/v1/PATH` so far. */
  asked(path: string): URLSearchParams[]
}

/** Tests in Chromium against the built console. Each ends with no error on the page, and no request to anywhere else. */
export function consoleSuite(name: string, tests: (suite: Suite) => void): void {
  const reason = missing(join(dist, 'index.html'))
  if (reason !== undefined) console.warn(`SKIP ${name} in Chromium: ${reason}`)
  describe.skipIf(reason !== undefined)(`${name} in Chromium`, () => {
    let browser: Browser
    let server: TestServer
    let current: Visit | undefined
    beforeAll(async () => {
      browser = await launch()
    })
    afterAll(async () => {
      await browser?.close()
    })
    beforeEach(async () => {
      server = await startServer(dist)
    })
    afterEach(async () => {
      const seen = current
      current = undefined
      await seen?.page.context().close()
      await server.close()
      expect(seen?.errors).toEqual([])
      expect(seen?.foreign).toEqual([])
    })
    tests({
      get server() {
        return server
      },
      open: async (path, options = {}) => {
        current = await visit(browser, server, path, options)
        return current.page
      },
      asked: (path) => server.requests.filter((r) => r.pathname === `/api/v1/${path}`).map((r) => r.searchParams),
    })
  })
}
