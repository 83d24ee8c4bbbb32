import { buildPage } from './build.js'
import { startHost } from './server.js'
import { launch, visit } from '../../../services/console/test/browser.js'
import { test } from 'vitest'
test('look', async () => {
  const browser = await launch()
  for (const g of [12, 13] as const) {
    const server = await startHost(g, await buildPage(g))
    const v = await visit(browser, server, '/')
    const { page } = v
    page.on('response', r => { if (r.status() >= 400) console.log(g, r.status(), r.url()) })
    await page.waitForFunction(() => 'host' in window, undefined, { timeout: 20000 }).catch((e) => console.log(String(e)))
    console.log(g, v.errors)
    const h = (f: string, ...a: unknown[]) => page.evaluate(([f, a]) => (window as any).host[f as string](...(a as unknown[])), [f, a] as const)
    await h('panel', 'map-panel', { queries: [{ queryType: 'map' }] })
    await page.waitForTimeout(4000)
    await page.screenshot({ path: `/tmp/g${g}-map.png` })
    await h('panel', 'health-panel', { queries: [{ queryType: 'map' }] })
    await page.waitForTimeout(1000)
    await page.screenshot({ path: `/tmp/g${g}-health.png` })
    await h('editor', 'query', { refId: 'A', queryType: 'map', filter: '{server_service="cart",client_service=~"a.*"}' })
    await page.waitForTimeout(1000)
    await page.screenshot({ path: `/tmp/g${g}-editor.png` })
    await h('table', { queries: [{ queryType: 'edges' }] })
    await page.waitForTimeout(1000)
    await page.screenshot({ path: `/tmp/g${g}-table.png` })
    await h('editor', 'config', { jsonData: { url: 'https://x' }, secureJsonFields: {} })
    await page.waitForTimeout(500)
    await page.screenshot({ path: `/tmp/g${g}-config.png` })
    console.log(g, v.errors, v.foreign)
    await server.close()
  }
  await browser.close()
}, 120000)
