import { expect, it } from 'vitest'
import { settled } from './browser.js'
import { consoleSuite } from './suite.js'

consoleSuite('the demo bar', (suite) => {
  const { open, asked } = suite

  it('is not there without a demo, and asks only once', async () => {
    const page = await open('/?refresh=live#token=demo')
    await settled(page)
    await expect.poll(() => asked('map').length, { timeout: 8_000 }).toBeGreaterThan(2)
    expect(await page.getByTestId('demo').count()).toBe(0)
    expect(asked('demo').length).toBe(1)
  })

  it('switches a fault on and off again', async () => {
    const page = await open('/?refresh=off#token=lab')
    const bar = page.getByTestId('demo')
    await bar.waitFor()
    expect(await bar.textContent()).toContain('real traffic on this machine: lab · 42.0/s asked')
    const fault = bar.getByRole('switch', { name: /Refused/ })
    expect(await fault.getAttribute('title')).toBe('Nobody listens at payments: checkout is refused.')
    await fault.focus()
    await page.keyboard.press('Space')
    await expect.poll(() => fault.getAttribute('aria-checked')).toBe('true')
    expect(await fault.textContent()).toContain('on now')
    await page.reload()
    await expect.poll(() => fault.getAttribute('aria-checked')).toBe('true')
    await fault.click()
    await expect.poll(() => fault.getAttribute('aria-checked')).toBe('false')
    expect(await bar.getByRole('switch').count()).toBe(8)
  })

  it('says what went wrong when a fault cannot be switched', async () => {
    const page = await open('/?refresh=off#token=lab')
    const fault = page.getByRole('switch', { name: /Lossy path/ })
    await fault.waitFor()
    suite.server.fail = {
      status: 500,
      body: { type: 'about:blank', title: 'The fault did not take', status: 500, detail: 'tc said no.', code: 'lab' },
    }
    await fault.click()
    await expect.poll(() => page.getByTestId('demo').getByRole('alert').textContent()).toContain('tc said no.')
    expect(await fault.getAttribute('aria-checked')).toBe('false')
  })
})
