import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launch, missing, pixelAt, positionOf, settled, type Visit, visit } from './browser.js'
import { edgeId, nodeId, party } from './fixture/answers.js'
import { topologyOf } from './fixture/api.js'
import { hostileNames } from './fixture/topology.js'
import { startServer, type TestServer } from './server.js'

const dist = join(import.meta.dirname, '..', 'dist', 'app')
const reason = missing(join(dist, 'index.html'))
if (reason !== undefined) console.warn(`SKIP console in Chromium: ${reason}`)

const shop = topologyOf('demo')
const named = (name: string): string => nodeId(shop.parties.find((p) => p.name === name) ?? party(shop, 0))
const linked = (client: string, server: string): string =>
  edgeId(
    shop,
    shop.links.find((l) => party(shop, l.client).name === client && party(shop, l.server).name === server) ??
      shop.links[0]!,
  )
const rgb = (colour: string): number[] => [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16))

describe.skipIf(reason !== undefined)('the console in Chromium', () => {
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

  const open = async (path: string, options = {}) => {
    current = await visit(browser, server, path, options)
    return current.page
  }
  const asked = (path: string): URLSearchParams[] =>
    server.requests.filter((r) => r.pathname === `/api/v1/${path}`).map((r) => r.searchParams)

  it('draws the nodes and edges of the answer, and lists the edges', async () => {
    const page = await open('/#token=demo')
    expect(await settled(page)).toEqual({ nodes: 22, edges: shop.links.length })
    const at = await positionOf(page, named('nginx'))
    expect((await pixelAt(page, at.x, at.y)).slice(0, 3)).toEqual(rgb('#0a7a94'))
    expect(await page.getByTestId('edges').getByRole('row').count()).toBeGreaterThan(8)
    expect(await page.getByTestId('sums').textContent()).toContain('22 nodes')
  })

  it('takes the token out of the address, and keeps it over a reload', async () => {
    const page = await open('/?group=process#token=demo')
    await settled(page)
    expect(page.url()).toBe(`${server.url}/?group=process`)
    await page.reload()
    await settled(page)
  })

  it('opens series and flows on a click on an edge, with its filter, and more flows on demand', async () => {
    const page = await open('/?refresh=off#token=demo')
    await settled(page)
    const at = await positionOf(page, linked('payments', '203.0.113.80'))
    await page.mouse.click(at.x, at.y)
    const detail = page.getByTestId('detail')
    await detail.getByTestId('series').locator('figure canvas').nth(3).waitFor()
    expect(await detail.textContent()).toContain('203.0.113.80')
    const wanted =
      '{client_cluster="shop",client_namespace="",client_service="payments",server_cluster="",server_namespace="",server_service="203.0.113.80",transport="tcp"}'
    expect([asked('series').at(-1)?.get('filter'), asked('flows').at(-1)?.get('filter')]).toEqual([wanted, wanted])
    const flows = detail.getByTestId('flows').getByRole('listitem')
    const before = await flows.count()
    await detail.getByRole('button', { name: 'Next page' }).click()
    await expect.poll(() => flows.count()).toBeGreaterThan(before)
    expect(asked('flows').at(-1)?.get('cursor')).toBe('20')
    expect(await detail.textContent()).toContain('timeout')
  })

  it('opens a node by a click, and closes it again by the back button', async () => {
    const page = await open('/?refresh=off#token=demo')
    await settled(page)
    const at = await positionOf(page, named('storefront'))
    await page.mouse.click(at.x, at.y)
    await page.getByTestId('detail').getByTestId('flows').waitFor()
    const filters = asked('series').map((q) => q.get('filter'))
    expect(filters.some((f) => f?.includes('client_service="storefront"'))).toBe(true)
    expect(filters.some((f) => f?.includes('server_service="storefront"'))).toBe(true)
    await page.goBack()
    await page.getByTestId('detail').waitFor({ state: 'detached' })
  })

  it('selects by keyboard in the table, and a link restores it all', async () => {
    const page = await open('/?view=table&refresh=off#token=demo')
    const row = page.getByRole('row', { name: /worker.*10\.20\.4\.7/ })
    await row.focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('detail').getByTestId('flows').waitFor()
    expect(await row.getAttribute('aria-selected')).toBe('true')
    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    expect(await page.getByTestId('detail').textContent()).toContain('refused')
    await page.keyboard.press('/')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Search')
  })

  it('sorts by a column', async () => {
    const page = await open('/?view=table#token=demo')
    await page.getByRole('button', { name: 'Failures' }).click()
    const first = page.getByTestId('edges').locator('tbody tr').first()
    await expect.poll(() => first.textContent()).toContain('refused')
    await page.getByRole('button', { name: 'Client', exact: true }).click()
    await expect.poll(() => first.textContent()).toContain('198.51.100.14')
  })

  it('keeps every node where it is when data is refreshed and when the page is loaded again', async () => {
    const page = await open('/?view=map#token=demo')
    await settled(page)
    const before = await positionOf(page, named('cart'))
    const maps = asked('map').length
    await expect.poll(() => asked('map').length, { timeout: 8_000 }).toBeGreaterThan(maps + 1)
    expect(await positionOf(page, named('cart'))).toEqual(before)
    await page.reload()
    await settled(page)
    const after = await positionOf(page, named('cart'))
    expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(4)
  })

  it('searches by name, by port and by address', async () => {
    const page = await open('/#token=demo')
    await settled(page)
    const field = page.getByRole('searchbox', { name: 'Search' })
    const found = page.locator('.app-search-count')
    await field.fill('postgres')
    await expect.poll(() => found.textContent()).toBe('1 node, 7 edges')
    await field.fill(':6379')
    await expect.poll(() => found.textContent()).toBe('4 nodes, 3 edges')
    await field.fill('10.0.0.2')
    await expect.poll(() => asked('map').at(-1)?.get('filter')).toBe('{address=~"10\\\\.0\\\\.0\\\\.2.*"}')
    await expect.poll(() => found.textContent()).toContain('4 edges')
  })

  it('gives a matcher to the API, and shows what the API says against it', async () => {
    const page = await open('/#token=demo')
    await settled(page)
    const field = page.getByRole('searchbox', { name: 'Search' })
    await field.fill('{server_port="6379"}')
    await expect.poll(() => asked('map').at(-1)?.get('filter')).toBe('{server_port="6379"}')
    await expect.poll(() => page.getByTestId('sums').textContent()).toContain('3 edges')
    await field.fill('{server_port=')
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('a comma or } is missing')
    expect((await settled(page)).edges).toBe(3)
    await field.fill('{server_port="1"}')
    await page.getByText('Nothing matches the filter').waitFor()
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await expect.poll(async () => (await settled(page)).edges).toBe(shop.links.length)
  })

  it('asks for the range, the grouping and its own connections as chosen', async () => {
    const page = await open('/#token=demo')
    await settled(page)
    expect(asked('map').at(-1)?.get('from')).toBe('now-15m')
    await page.getByRole('button', { name: /^Time range/ }).click()
    await page.getByRole('button', { name: 'Last 6 hours' }).click()
    await expect
      .poll(() => [asked('map').at(-1)?.get('from'), asked('map').at(-1)?.get('to')])
      .toEqual(['now-6h', 'now'])
    await page.getByRole('combobox', { name: 'Group by' }).selectOption('process')
    await expect.poll(() => asked('map').at(-1)?.get('group_by')).toBe('process')
    await page.getByRole('checkbox').check()
    await expect.poll(() => asked('map').at(-1)?.get('self')).toBe('1')
    await page.getByRole('button', { name: /^Time range/ }).click()
    await page.getByLabel('From').fill('2026-11-20T10:00:00')
    await page.getByLabel('To', { exact: true }).fill('2026-11-20T11:30:00')
    await page.getByRole('button', { name: 'Apply' }).click()
    await expect.poll(() => asked('map').at(-1)?.get('to')).toMatch(/^\d{13}$/)
    const last = asked('map').at(-1)
    expect(Number(last?.get('to')) - Number(last?.get('from'))).toBe(5_400_000)
    expect(new URL(page.url()).searchParams.get('group')).toBe('process')
  })

  it('follows the system to dark, and keeps the choice of the user', async () => {
    const page = await open('/#token=demo', { colorScheme: 'dark' })
    await settled(page)
    const ground = async () => (await page.locator('canvas[data-testid=map]').boundingBox()) ?? { x: 0, y: 0 }
    const corner = await ground()
    expect((await pixelAt(page, corner.x + 3, corner.y + 3)).slice(0, 3)).toEqual(rgb('#0b141b'))
    await page.getByRole('button', { name: 'Use the light theme' }).click()
    await expect.poll(async () => (await pixelAt(page, corner.x + 3, corner.y + 3)).slice(0, 3)).toEqual(rgb('#f8fafb'))
    await page.reload()
    await page.getByRole('button', { name: 'Use the dark theme' }).waitFor()
  })

  it('shows on an empty map the one line that starts the agent', async () => {
    const page = await open('/#token=empty')
    await page.getByText('The agent is not running').waitFor()
    expect(await page.locator('.hw-copyline code').textContent()).toMatch(/^sudo .*headwater agent/)
    await page.getByRole('button', { name: 'Copy' }).waitFor()
  })

  it('asks for the token without one, and again after a 401', async () => {
    const page = await open('/')
    await page.getByText('This page needs its token').waitFor()
    expect(await page.getByTestId('token-page').textContent()).toContain('headwater up')
    await page.getByLabel(/^Token/).fill('wrong')
    await page.getByRole('button', { name: 'Open the console' }).click()
    await page.getByText('This token is not valid').waitFor()
    await page.getByLabel(/^Token/).fill(`${server.url}/#token=demo`)
    await page.keyboard.press('Enter')
    expect((await settled(page)).nodes).toBe(22)
  })

  it('shows the problem of the API, and recovers on retry', async () => {
    const page = await open('/?refresh=off#token=error')
    await page.getByText('The store does not answer').waitFor()
    expect(await page.locator('.hw-state').textContent()).toContain('It is being restarted')
    const tries = asked('map').length
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => asked('map').length).toBeGreaterThan(tries)
  })

  it('keeps the old map when an update fails, says so, and goes on when it works again', async () => {
    const page = await open('/?refresh=live#token=demo')
    await settled(page)
    server.fail = {
      status: 503,
      body: { type: 'about:blank', title: 'The store does not answer', status: 503, detail: 'Down.', code: 'store' },
    }
    await page.getByText('Not up to date.').waitFor({ timeout: 10_000 })
    expect((await settled(page)).nodes).toBe(22)
    server.fail = undefined
    await page.getByText('Not up to date.').waitFor({ state: 'detached', timeout: 10_000 })
  })

  it('says how complete the view is, and what was left out', async () => {
    const page = await open('/#token=lossy')
    await page.getByText('Not all is shown.').waitFor()
    await page.getByRole('button', { name: 'Completeness: delivered 99.31 %, coverage 87.1 %' }).click()
    const panel = await page.getByRole('dialog').textContent()
    for (const text of ['bus queue full', '310', 'node-3', '2 of 3']) expect(panel).toContain(text)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('shows hostile names as text', async () => {
    const page = await open('/?refresh=off#token=hostile')
    expect((await settled(page)).nodes).toBe(hostileNames.length + 1)
    const table = page.getByTestId('edges')
    const text = (await table.textContent()) ?? ''
    expect(text).toContain('<img src=x onerror="window.hacked=1">')
    expect(text).toContain('\\u202egpj.exe')
    expect(text).toContain('kworker\\x00\\x1b[31m')
    expect(text).toMatch(/very-long-process-name-.*…/)
    expect(text).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
    expect(
      await page.evaluate(() => [Reflect.get(window, 'hacked'), document.querySelectorAll('.hw-table img').length]),
    ).toEqual([undefined, 0])
    const long = await table.locator('bdi[title^="very-long"]').first().getAttribute('title')
    expect(long).toBe(hostileNames[4])
    await table.getByRole('row').nth(1).click()
    await page.getByTestId('detail').getByTestId('flows').waitFor()
  })

  it('does not refresh while the range is fixed', async () => {
    const page = await open('/?from=1700000000000&to=1700000900000#token=demo')
    await settled(page)
    const maps = asked('map').length
    await page.waitForTimeout(2_500)
    expect(asked('map').length).toBe(maps)
    await page.getByRole('button', { name: /fixed/ }).waitFor()
  })

  it('pans and zooms by wheel, buttons and keys, and fits again', async () => {
    const page = await open('/?view=map&refresh=off#token=demo')
    await settled(page)
    const start = await positionOf(page, named('cart'))
    const spread = async () =>
      Math.abs((await positionOf(page, named('cart'))).x - (await positionOf(page, named('worker'))).x)
    const narrow = await spread()
    await page.mouse.move(start.x, start.y)
    await page.mouse.wheel(0, -400)
    await expect.poll(spread).toBeGreaterThan(narrow * 1.5)
    const zoomed = await positionOf(page, named('cart'))
    expect(Math.hypot(zoomed.x - start.x, zoomed.y - start.y)).toBeLessThan(2)
    await page.locator('canvas[data-testid=map]').focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(async () => (await positionOf(page, named('cart'))).x).toBeCloseTo(zoomed.x + 60, 0)
    await page.getByRole('button', { name: 'Fit' }).click()
    await expect.poll(async () => (await positionOf(page, named('cart'))).x).toBeCloseTo(start.x, 0)
    const corner = (await page.locator('canvas[data-testid=map]').boundingBox()) ?? { x: 0, y: 0 }
    await page.mouse.move(corner.x + 6, corner.y + 6)
    await page.mouse.down()
    await page.mouse.move(corner.x + 56, corner.y + 36, { steps: 4 })
    await page.mouse.up()
    expect((await positionOf(page, named('cart'))).x).toBeCloseTo(start.x + 50, 0)
  })

  it('lets a node be dragged to its place', async () => {
    const page = await open('/?view=map&refresh=off#token=demo')
    await settled(page)
    const from = await positionOf(page, named('python3'))
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(from.x + 90, from.y + 40, { steps: 5 })
    await page.mouse.up()
    const to = await positionOf(page, named('python3'))
    expect([Math.round(to.x - from.x), Math.round(to.y - from.y)]).toEqual([90, 40])
    expect(await page.getByTestId('detail').count()).toBe(0)
  })

  it('draws a thousand nodes, and lists them with a few rows in the document', async () => {
    const page = await open('/?refresh=off#token=big')
    expect((await settled(page)).nodes).toBe(1000)
    expect(await page.getByTestId('edges').locator('tr[data-edge]').count()).toBeLessThan(60)
    const labels = Number(await page.locator('canvas[data-testid=map]').getAttribute('data-labels'))
    expect(labels).toBeGreaterThan(10)
    expect(labels).toBeLessThan(120)
  })

  it('fits a phone: no sideways scrolling, and details over the map', async () => {
    const page = await open('/?refresh=off#token=demo', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      deviceScaleFactor: 2,
    })
    await settled(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(await page.locator('canvas[data-testid=map]').evaluate((c: HTMLCanvasElement) => c.width)).toBe(780)
    const at = await positionOf(page, named('kafka'))
    await page.touchscreen.tap(at.x, at.y)
    await page.getByTestId('detail').getByTestId('flows').waitFor()
    await page.getByRole('button', { name: 'Close details' }).click()
    await page.getByTestId('detail').waitFor({ state: 'detached' })
  })
})
