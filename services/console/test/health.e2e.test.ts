import { expect, it } from 'vitest'
import { hostileNames } from './fixture/topology.js'
import { consoleSuite, named } from './suite.js'

consoleSuite('the health page', ({ open, asked }) => {
  it('lists every service, the worst first, with its reason, under the count of each state', async () => {
    const page = await open('/?page=health&refresh=off#token=demo')
    const services = page.getByTestId('services')
    const rows = services.locator('tr[data-service]')
    await rows.first().waitFor()
    const first = await rows.first().textContent()
    expect(first).toContain('unhealthy')
    expect(first).toContain('1800 of 1800 attempts (100 %) failed: refused · server at fault')
    expect(
      await rows.allTextContents().then((all) => all.map((t) => /unhealthy|degraded|healthy|unknown/.exec(t)?.[0])),
    ).toEqual([
      ...Array(2).fill('unhealthy'),
      ...Array(4).fill('degraded'),
      ...Array(12).fill('healthy'),
      ...Array(4).fill('unknown'),
    ])
    expect(await page.getByTestId('health-head').textContent()).toBe(' 2 unhealthy 4 degraded 12 healthy 4 unknown')
    expect(asked('map').length).toBe(1)
  })

  it('sorts by a column, and a link keeps the order', async () => {
    const page = await open('/?page=health&refresh=off#token=demo')
    const first = page.getByTestId('services').locator('tr[data-service]').first()
    await page.getByRole('button', { name: 'RTT p95' }).click()
    await expect.poll(() => first.textContent()).toContain('203.0.113.80')
    expect(page.url()).toContain('sort=-rtt')
    await page.reload()
    await expect.poll(() => first.textContent()).toContain('203.0.113.80')
    await page.getByRole('button', { name: 'Service' }).click()
    await expect.poll(() => first.textContent()).toContain('10.20.4.7')
  })

  it('opens the edges of a service, and series and flows of one of them; a link restores it', async () => {
    const page = await open('/?page=health&refresh=off#token=demo')
    const service = page.locator(`tr[data-service='${named('payments')}']`)
    await service.focus()
    await page.keyboard.press('Enter')
    const edges = page.getByTestId('service-edges').locator('tr[data-edge]')
    await expect.poll(() => edges.count()).toBe(3)
    await page.getByTestId('detail').getByTestId('flows').waitFor()
    await edges.filter({ hasText: '203.0.113.80' }).click()
    const detail = page.getByTestId('detail')
    await expect.poll(() => detail.textContent()).toContain('the path is at fault')
    await detail.getByTestId('series').locator('figure canvas').nth(3).waitFor()
    expect(asked('flows').at(-1)?.get('filter')).toContain('server_service="203.0.113.80"')
    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    await expect.poll(() => edges.count()).toBe(3)
    await page.getByTestId('detail').getByTestId('flows').waitFor()
  })

  it('shows what a service asks name servers for, with what failed first', async () => {
    const page = await open('/?page=health&refresh=off#token=demo')
    await page.locator(`tr[data-service='${named('payments')}']`).click()
    const names = page.getByTestId('detail').getByTestId('names').locator('tbody tr')
    await names.first().waitFor()
    expect(asked('dns').at(-1)?.get('filter')).toContain('service="payments"')
    const [worst, ...others] = await names.allTextContents()
    expect(worst).toMatch(/^host-203-0-113-80\.example A\s*SERVFAIL/)
    expect(others.length).toBeGreaterThan(0)
    expect(others.join()).not.toContain('SERVFAIL')
    // An edge of TCP carries no questions.
    const before = asked('dns').length
    await page.getByTestId('service-edges').locator('tr[data-edge]').first().click()
    await page.getByTestId('detail').getByTestId('flows').waitFor()
    expect(await names.count()).toBe(0)
    expect(asked('dns').length).toBe(before)
  })

  it('searches the list, and gives a matcher to the API', async () => {
    const page = await open('/?page=health&refresh=off#token=demo')
    const rows = page.getByTestId('services').locator('tr[data-service]')
    await rows.first().waitFor()
    await page.getByRole('searchbox', { name: 'Search' }).fill('mailer')
    await expect.poll(() => rows.count()).toBe(1)
    await page.getByRole('searchbox', { name: 'Search' }).fill('{server_port="6379"}')
    await expect.poll(() => asked('map').at(-1)?.get('filter')).toBe('{server_port="6379"}')
    await expect.poll(() => rows.count()).toBe(4)
  })

  it('shows hostile names as text', async () => {
    const page = await open('/?page=health&refresh=off#token=hostile')
    const services = page.getByTestId('services')
    await services.locator('tr[data-service]').first().waitFor()
    const text = (await services.textContent()) ?? ''
    expect(text).toContain(hostileNames[0])
    expect(text).toContain('\\u202egpj.exe')
    expect(await page.evaluate(() => Reflect.get(window, 'hacked'))).toBeUndefined()
  })

  it('holds a thousand services with a few rows in the document', async () => {
    const page = await open('/?page=health&refresh=off#token=big')
    await page.locator('tr[data-service]').first().waitFor()
    expect(await page.locator('tr[data-service]').count()).toBeLessThan(60)
  })
})
