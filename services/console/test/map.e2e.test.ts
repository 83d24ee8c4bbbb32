import { expect, it } from 'vitest'
import { pixelAt, positionOf, settled } from './browser.js'
import { hostileNames } from './fixture/topology.js'
import { differenceOf, paintedAnew, pictureOf } from './picture.js'
import { consoleSuite, linked, named, rgb, shop } from './suite.js'

consoleSuite('the map page', (suite) => {
  const { open, asked } = suite

  it('draws the nodes and edges of the answer, and lists the edges', async () => {
    const page = await open('/#token=demo')
    expect(await settled(page)).toEqual({ nodes: 22, edges: shop.links.length })
    const at = await positionOf(page, named('nginx'))
    expect((await pixelAt(page, at.x, at.y)).slice(0, 3)).toEqual(rgb('#0a7a94'))
    expect(await page.getByTestId('edges').getByRole('row').count()).toBeGreaterThan(8)
    expect(await page.getByTestId('sums').textContent()).toContain('22 nodes')
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
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('a quoted value is missing')
    expect((await settled(page)).edges).toBe(3)
    await field.fill('{server_port="1"}')
    await page.getByText('Nothing matches the filter').waitFor()
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await expect.poll(async () => (await settled(page)).edges).toBe(shop.links.length)
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

  it('shows after a pan and after a zoom what it paints from nothing', async () => {
    const page = await open('/?view=map&refresh=off#token=big')
    await settled(page)
    const box = await page.locator('canvas[data-testid=map]').boundingBox()
    const corner = { x: (box?.x ?? 0) + 5, y: (box?.y ?? 0) + 5 }
    await page.mouse.move(corner.x, corner.y)
    await page.mouse.down()
    for (const [x, y] of [
      [60, 0],
      [140, 35],
      [210, 180],
      [190, 150],
      [20, 160],
      [75, 90],
    ] as const)
      await page.mouse.move(corner.x + x, corner.y + y)
    await page.mouse.up()
    const panned = await pictureOf(page)
    expect(await differenceOf(page, panned, await paintedAnew(page))).toBeLessThan(40)
    await page.locator('canvas[data-testid=map]').focus()
    for (const key of ['+', '+', 'ArrowLeft', 'ArrowDown']) await page.keyboard.press(key)
    await expect.poll(() => pictureOf(page), { timeout: 3_000 }).not.toBe(panned)
    await page.waitForTimeout(500)
    const zoomed = await pictureOf(page)
    expect(await differenceOf(page, panned, zoomed)).toBeGreaterThan(100)
    expect(await differenceOf(page, zoomed, await paintedAnew(page))).toBeLessThan(40)
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

  it('compares with an earlier range, marks and lists what changed, and lets one kind of change stand out', async () => {
    const page = await open('/?refresh=off#token=demo')
    await settled(page)
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('1d')
    await expect
      .poll(() => [asked('map').at(-1)?.get('compare_from'), asked('map').at(-1)?.get('compare_to')])
      .toEqual(['now-87300s', 'now-86400s'])
    const changes = page.getByRole('group', { name: 'Changes' })
    await expect.poll(() => changes.textContent()).toBe('+ 1 new− 1 gone≠ 1 changed')
    const rows = page.getByTestId('edges').locator('tr[data-edge]')
    await expect.poll(() => rows.first().textContent()).toContain('nothing was seen of it in the range before')
    await changes.getByRole('button', { name: /gone/ }).click()
    await expect.poll(() => rows.count()).toBe(1)
    expect(await rows.textContent()).toMatch(/gone.*accounts.*mailer/)
    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    await expect.poll(() => rows.count()).toBe(1)
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('off')
    await expect.poll(() => rows.count()).toBeGreaterThan(8)
    expect((await settled(page)).edges).toBe(shop.links.length)
  })

  it('says what changed, the state and its reason in the details and at the pointer', async () => {
    const page = await open('/?refresh=off&compare=previous#token=demo')
    await settled(page)
    const at = await positionOf(page, linked('worker', '10.20.4.7'))
    await page.mouse.move(at.x, at.y)
    const tip = page.locator('.hw-tooltip')
    await expect.poll(() => tip.textContent()).toContain('unhealthy')
    expect(await tip.textContent()).toContain('1800 of 1800 attempts (100 %) failed: refused · the server is at fault')
    const row = page.getByRole('row', { name: /storefront.*catalog/ })
    await row.click()
    const detail = page.getByTestId('detail')
    await expect.poll(() => detail.textContent()).toContain('connections 5 times as many')
    expect(await detail.textContent()).toContain('p50 169 µs, p99 576 µs')
  })

  it('colours edges by the state that the API says', async () => {
    const page = await open('/?view=map&refresh=off#token=demo')
    await settled(page)
    const at = await positionOf(page, named('worker'))
    expect((await pixelAt(page, at.x, at.y)).slice(0, 3)).toEqual(rgb('#cf2740'))
  })

  it('dashes what is counted behind NAT, says so, and leaves it out of the sums', async () => {
    const page = await open('/?refresh=off&q=10.20.4.19#token=demo')
    await settled(page)
    await page.getByRole('row', { name: /postgres.*10\.20\.4\.19.*NAT/ }).click()
    await expect
      .poll(() => page.getByTestId('detail').textContent())
      .toContain("seen behind NAT, counted at the client's end")
    const sums = (await page.getByTestId('sums').textContent()) ?? ''
    const counted = shop.links.filter((l) => !l.behindNat)
    const open_ = counted.reduce((n, l) => n + l.open, 0)
    expect(sums).toContain(`${open_} open`)
  })
})
