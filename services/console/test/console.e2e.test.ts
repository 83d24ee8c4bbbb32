import { expect, it } from 'vitest'
import { pixelAt, settled } from './browser.js'
import { consoleSuite, rgb } from './suite.js'

consoleSuite('the console', (suite) => {
  const { open, asked } = suite

  it('takes the token out of the address, and keeps it over a reload', async () => {
    const page = await open('/?group=process#token=demo')
    await settled(page)
    expect(page.url()).toBe(`${suite.server.url}/?group=process`)
    await page.reload()
    await settled(page)
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
    await page.getByLabel(/^Token/).fill(`${suite.server.url}/#token=demo`)
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
    suite.server.fail = {
      status: 503,
      body: { type: 'about:blank', title: 'The store does not answer', status: 503, detail: 'Down.', code: 'store' },
    }
    await page.getByText('Not up to date.').waitFor({ timeout: 10_000 })
    expect((await settled(page)).nodes).toBe(22)
    suite.server.fail = undefined
    await page.getByText('Not up to date.').waitFor({ state: 'detached', timeout: 10_000 })
  })

  it('says how complete the view is, and what was left out', async () => {
    const page = await open('/#token=lossy')
    await page.getByText('Not all is shown.').waitFor()
    await page.getByRole('button', { name: 'Completeness: delivered 99.31 %, coverage 87.1 %' }).click()
    const panel = await page.getByRole('dialog').textContent()
    for (const text of ['bus queue full', '310', 'node-3', '2 of 3']) expect(panel).toContain(text)
    expect(panel).toMatch(/Delivered, DNS.*5,880 of 6,000\.98 %.*ring-full120.*lostconversations_full1,240slots_taken7/)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('does not refresh while the range is fixed', async () => {
    const page = await open('/?from=1700000000000&to=1700000900000#token=demo')
    await settled(page)
    const maps = asked('map').length
    await page.waitForTimeout(2_500)
    expect(asked('map').length).toBe(maps)
    await page.getByRole('button', { name: /fixed/ }).waitFor()
  })

  it('has a link for each page, keeps range and search between them, and goes back', async () => {
    const page = await open('/?from=now-6h&to=now&q=cart&refresh=off#token=demo')
    await settled(page)
    const nav = page.getByRole('navigation', { name: 'Pages' })
    for (const [name, test] of [
      ['Health', 'services'],
      ['Cost', 'cost'],
      ['Fleet', 'agents'],
    ] as const) {
      await nav.getByRole('link', { name }).focus()
      await page.keyboard.press('Enter')
      await page.getByTestId(test).waitFor()
      expect(await nav.getByRole('link', { name }).getAttribute('aria-current')).toBe('page')
      expect(page.url()).toContain(`page=${name.toLowerCase()}&from=now-6h&to=now&q=cart`)
      await page.getByRole('button', { name: /^Completeness/ }).waitFor()
    }
    expect(asked('nodes').at(-1)?.get('from')).toBe('now-6h')
    await page.goBack()
    await page.getByTestId('cost').waitFor()
    await page.goBack()
    await page.goBack()
    await settled(page)
  })

  it('asks only for the page in sight', async () => {
    const page = await open('/?page=fleet&refresh=live#token=demo')
    await page.getByTestId('agents').waitFor()
    await expect.poll(() => asked('nodes').length, { timeout: 8_000 }).toBeGreaterThan(1)
    expect([asked('map').length, asked('cost').length, asked('demo').length]).toEqual([0, 0, 1])
  })

  it.each([
    ['health', 'The store does not answer'],
    ['cost', 'The store does not answer'],
    ['fleet', 'The store does not answer'],
  ])('says on the page %s what went wrong', async (name, text) => {
    const page = await open(`/?page=${name}&refresh=off#token=error`)
    await page.getByText(text).waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
  })

  it.each(['health', 'cost', 'fleet'])('shows on the empty page %s what is missing', async (name) => {
    const page = await open(`/?page=${name}&refresh=off#token=empty`)
    await page.getByText('The agent is not running').waitFor()
  })

  it.each(['map', 'health', 'cost', 'fleet'])('fits the page %s on a small phone, in both themes', async (name) => {
    const page = await open(`/?page=${name}&refresh=off#token=lab`, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      colorScheme: 'dark',
    })
    await page.getByTestId('demo').waitFor()
    await page.locator('[data-testid=map], [data-testid=services], [data-testid=cost], [data-testid=agents]').waitFor()
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(await ground()).toBe('rgb(10, 17, 23)')
    await page.getByRole('button', { name: 'Use the light theme' }).click()
    await expect.poll(ground).toBe('rgb(243, 246, 248)')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    const wide = await page.evaluate(() => {
      const whole = document.querySelector('.hw-page')
      return whole ? whole.scrollWidth - whole.clientWidth : 0
    })
    expect(wide).toBe(0)
  })
})
