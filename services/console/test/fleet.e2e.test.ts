import { expect, it } from 'vitest'
import { consoleSuite } from './suite.js'

consoleSuite('the fleet page', ({ open, asked }) => {
  it('lists agents by cluster, the silent first, with the sums of the fleet', async () => {
    const page = await open('/?page=fleet&refresh=off#token=lossy')
    const agents = page.getByTestId('agents')
    const rows = agents.locator('tbody tr')
    await expect.poll(() => rows.first().textContent()).toBe('shop-b 2 agents: 1 silent, 1 live')
    expect(await rows.nth(1).textContent()).toMatch(/node-3.*silent4 min ago.*331/)
    const totals = await page.getByTestId('fleet-totals').textContent()
    for (const text of ['1 silent, 5 live', '87.1 %', '99.31 %', '0.1.0: 5, 0.0.9: 1']) expect(totals).toContain(text)
    expect(totals).toContain('Delivered, DNS98 %5,880 of 6,000 rows')
    await rows.nth(1).click()
    await expect
      .poll(() => page.getByTestId('agent').locator('.hw-drops').allTextContents())
      .toEqual([
        'Rows dropped, by reasonbus queue full310ring buffer full21',
        'What else it lostconversations_full1,240slots_taken7',
      ])
  })

  it('opens what an agent can and cannot do, and its listeners; a link restores it', async () => {
    const page = await open('/?page=fleet&refresh=off#token=demo')
    const row = page.locator('tr[data-agent]', { hasText: 'node-6' })
    await row.focus()
    await page.keyboard.press('Enter')
    const panel = page.getByTestId('agent')
    const can = panel.getByTestId('capabilities').getByRole('listitem')
    await expect.poll(() => can.first().textContent()).toContain('× does not')
    expect(await can.first().textContent()).toContain('WhyOperation not permitted (EPERM)')
    expect(await can.first().textContent()).toContain('FixGive the agent CAP_SYS_ADMIN.')
    expect(await can.last().textContent()).toContain('✓ works')
    await page.locator('tr[data-agent]', { hasText: 'node-1' }).click()
    await expect.poll(() => panel.getByTestId('kernel-time').textContent()).toContain('inet_sock_set_state48,210650')
    expect(await panel.getByTestId('agent-excluded').textContent()).toContain('1,234rows by its configuration, 5.60 MB')
    expect(await panel.getByTestId('agent-ring').textContent()).toContain('0.30 %')
    expect(await panel.getByTestId('agent-dns-rows').textContent()).toBe('DNS rows2,0002,000 stored, 100 %')
    expect(await panel.locator('.hw-drops').count()).toBe(0)
    await page.locator('tr[data-agent]', { hasText: 'node-2' }).click()
    await expect.poll(() => panel.getByTestId('listeners').textContent()).toContain('128 of 128, full37')
    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    await expect.poll(() => panel.textContent()).toContain('node-2')
    await panel.getByRole('button', { name: 'Close details' }).click()
    await panel.waitFor({ state: 'detached' })
  })

  it('shows two agents of one name and clocks that are off, on the row, above the list and beside it', async () => {
    const page = await open('/?page=fleet&refresh=off#token=mistaken')
    const row = (name: string) => page.locator('tr[data-agent]', { hasText: name })
    const notices = page.getByTestId('fleet-notices')
    await notices.waitFor()
    expect(await notices.locator('strong').textContent()).toBe(
      '1 node has a name that several agents use at once; 2 nodes have a clock that is off; 1 limit of a node is near; 1 agent does without something, for its CPU budget',
    )
    await notices.getByRole('button', { name: 'What to do' }).click()
    const text = await notices.textContent()
    for (const part of ['a (10.0.0.1) and b (10.0.0.2)', 'Give one of them another name', '612 s ahead', 'Let NTP set'])
      expect(text).toContain(part)
    const mark = row('node-2').getByText('2 agents of this name')
    expect(await mark.getAttribute('title')).toMatch(/call themselves shop\/node-2.*Give one of them another name/)
    const off = row('node-4').getByText('10 min ahead')
    expect(await off.getAttribute('title')).toMatch(/612 s ahead.*Let NTP set/)
    const [cell, box] = [row('node-2').locator('td, th').first(), await mark.boundingBox()]
    const { x = 0, width = 0 } = (await cell.boundingBox()) ?? {}
    expect((box?.x ?? Number.NaN) + (box?.width ?? 0)).toBeLessThan(x + width)
    expect(await row('node-5').getByText('3 s behind').count()).toBe(1)
    expect(await row('node-1').locator('.hw-mark').count()).toBe(0)
    expect(await row('node-1').textContent()).toContain('4 ms')
    expect(await row('node-3').getByText('2 given up').getAttribute('title')).toMatch(
      /does without: .*UDP and DNS.*by itself/,
    )
    expect(await row('node-6').getByText('ephemeral ports near the limit').getAttribute('title')).toMatch(
      /28000 of 28232/,
    )
    await row('node-6').click()
    await expect
      .poll(() => page.getByTestId('limits').textContent())
      .toContain('10.0.0.1 netns 402653184028,000 of 28,23299')
    await row('node-3').click()
    await expect
      .poll(() => page.getByTestId('given-up').getByRole('listitem').allTextContents())
      .toContain('UDP and DNS')
    await row('node-2').click()
    await expect.poll(() => page.getByTestId('agent-notices').textContent()).toContain('What to do: Give one of them')
  })

  it('says nothing of names and clocks where all is well', async () => {
    const page = await open('/?page=fleet&refresh=off#token=demo')
    await page.locator('tr[data-agent]').first().waitFor()
    expect(await page.getByTestId('fleet-notices').count()).toBe(0)
  })

  it('tells the CPU of an agent by what it used between two reports', async () => {
    const page = await open('/?page=fleet&refresh=live#token=demo')
    const cell = page.locator('tr[data-agent]', { hasText: 'node-4' }).locator('[title^="between its last two"]')
    await cell.waitFor({ timeout: 20_000 })
    expect(await cell.textContent()).toBe('1.6 %')
    expect(asked('nodes').length).toBeGreaterThan(1)
  })

  it('sorts and searches', async () => {
    const page = await open('/?page=fleet&refresh=off#token=demo')
    const rows = page.locator('tr[data-agent]')
    await rows.first().waitFor()
    await page.getByRole('button', { name: 'CPU' }).click()
    await expect.poll(() => rows.first().textContent()).toMatch(/node-[34]/)
    await page.getByRole('searchbox', { name: 'Search' }).fill('eu-central')
    await expect.poll(() => rows.count()).toBe(2)
    await page.getByRole('searchbox', { name: 'Search' }).fill('{node="x"}')
    await expect.poll(() => page.locator('.app-search-count').textContent()).toBe('all: a filter is of connections')
    expect(await rows.count()).toBe(6)
  })

  it('holds hundreds of agents with a few rows in the document', async () => {
    const page = await open('/?page=fleet&refresh=off#token=big')
    await page.locator('tr[data-agent]').first().waitFor()
    expect(await page.locator('tr[data-agent]').count()).toBeLessThan(60)
    expect(await page.getByTestId('fleet-totals').textContent()).toContain('1 silent, 399 live')
  })

  it('shows hostile names as text', async () => {
    const page = await open('/?page=fleet&refresh=off#token=hostile')
    const agents = page.getByTestId('agents')
    await agents.locator('tr[data-agent]').first().waitFor()
    expect(await agents.textContent()).toContain('<img src=x onerror="window.hacked=1">')
    expect(await page.evaluate(() => Reflect.get(window, 'hacked'))).toBeUndefined()
  })
})
