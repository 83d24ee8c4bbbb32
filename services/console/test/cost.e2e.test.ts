import { expect, it } from 'vitest'
import { consoleSuite } from './suite.js'

consoleSuite('the cost page', ({ open, asked }) => {
  it('shows the sums in their currency, and that prices are only examples', async () => {
    const page = await open('/?page=cost&refresh=off#token=demo')
    const totals = page.getByTestId('cost-totals')
    await expect.poll(() => totals.textContent()).toMatch(/Projected month\$\d+\.\d\d.*Per day\$\d+\.\d\d/)
    const note = page.getByRole('note')
    expect(await note.textContent()).toContain('Example prices, not yours.')
    expect(await note.textContent()).toContain('list prices of a large cloud, 2026-10-01')
    expect(await page.getByTestId('cost-items').textContent()).toContain('NAT gateway')
  })

  it('names the price table where it is the users own', async () => {
    const page = await open('/?page=cost&refresh=off#token=lossy')
    await expect.poll(() => page.getByTestId('prices').textContent()).toContain('/etc/headwater/prices.yaml')
    expect(await page.getByRole('note').count()).toBe(0)
    expect(await page.getByTestId('cost-totals').textContent()).toContain('€')
    await page.getByRole('button', { name: 'Completeness: delivered 99.31 %, coverage 87.1 %' }).waitFor()
  })

  it('shows bytes and cost from zone to zone, savings, and what has no price', async () => {
    const page = await open('/?page=cost&refresh=off#token=demo')
    const zones = page.getByTestId('cost-zones')
    await expect
      .poll(() => zones.getByRole('columnheader').allTextContents())
      .toEqual(['from ↓ to →', 'eu-central-1a', 'eu-west-1a', 'eu-west-1b', 'internet'])
    const cells = await zones.getByRole('row').nth(2).getByRole('cell').allTextContents()
    expect(cells.map((c) => c.replace(/[\d.]+/g, '#'))).toEqual(['$# # MB', 'free # MB', '$# # MB', '$# # GB'])
    const saved = await page.getByTestId('cost-savings').getByRole('listitem').allTextContents()
    const amounts = saved.map((t) => Number(/\$([\d.]+)/.exec(t)?.[1]))
    expect(amounts).toEqual([...amounts].sort((a, b) => b - a))
    expect(await page.getByTestId('cost-unpriced').textContent()).toContain(
      'no entry of the price table is for transfer from eu-central-1 to ap-south-1',
    )
  })

  it('lists pairs dearest first, opens the lines and flows of one, and a link restores it', async () => {
    const page = await open('/?page=cost&refresh=off#token=demo')
    const rows = page.getByTestId('cost-pairs').locator('tr[data-pair]')
    await expect.poll(() => rows.first().textContent()).toContain('198.51.100.14')
    const pair = rows.filter({ hasText: 'payments' }).filter({ hasText: '203.0.113.80' })
    await pair.getByRole('button').focus()
    await page.keyboard.press('Enter')
    const lines = page.getByTestId('cost-lines')
    await expect.poll(() => lines.textContent()).toMatch(/internet.*\$0\.09.*NAT gateway.*\$0\.045/)
    await page.getByTestId('flows').waitFor()
    const filter = asked('flows').at(-1)?.get('filter')
    expect(filter).toContain('client_service="payments"')
    expect(filter).toContain('server_service="203.0.113.80"')
    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    await lines.waitFor()
  })

  it('sorts, and searches by service and zone', async () => {
    const page = await open('/?page=cost&refresh=off#token=demo')
    const rows = page.getByTestId('cost-pairs').locator('tr[data-pair]')
    await page.getByRole('button', { name: 'Client' }).click()
    await expect.poll(() => rows.first().textContent()).toContain('198.51.100.14')
    await page.getByRole('button', { name: 'Client' }).click()
    await expect.poll(() => rows.first().textContent()).toContain('worker')
    expect(page.url()).toContain('sort=-client')
    const all = await rows.count()
    await page.getByRole('searchbox', { name: 'Search' }).fill('kafka')
    await expect.poll(() => page.locator('.app-search-count').textContent()).toBe('3 pairs')
    expect(await rows.count()).toBeLessThan(all)
    await page.getByRole('searchbox', { name: 'Search' }).fill('{server_port="6379"}')
    await expect.poll(() => asked('cost').at(-1)?.get('filter')).toBe('{server_port="6379"}')
    await expect.poll(() => rows.count()).toBe(3)
  })

  it('shows hostile names as text', async () => {
    const page = await open('/?page=cost&refresh=off#token=hostile')
    const pairs = page.getByTestId('cost-pairs')
    await pairs.locator('tr[data-pair]').first().waitFor()
    const text = (await pairs.textContent()) ?? ''
    expect(text).toContain('kworker\\x00\\x1b[31m')
    expect(text).not.toMatch(/[\p{Cc}\u202a-\u202e]/u)
    expect(await page.evaluate(() => Reflect.get(window, 'hacked'))).toBeUndefined()
  })
})
