import { expect, it } from 'vitest'
import type { Host, Open } from './host.js'

/** Chooses an option of one of Grafana's comboboxes. */
async function choose(host: Host, field: ReturnType<Host['page']['locator']>, option: string): Promise<void> {
  await field.click()
  await field.fill(option)
  await host.page.getByRole('option', { name: option }).first().click()
}

export function editorCases(open: Open): void {
  it('query editor: type, grouping and matchers, as pickers and as text', async () => {
    const host = await open()
    await host.editor('query', { refId: 'A', queryType: 'map', filter: '{server_service="cart"}' })
    const text = host.page.getByTestId('filter-text')
    const row = (i: number) => host.page.getByTestId(`matcher-${i}`).getByRole('combobox')
    await expect.poll(() => row(0).nth(2).inputValue()).toBe('cart')

    await host.page.getByRole('button', { name: 'Matcher', exact: true }).click()
    await choose(host, row(1).nth(0), 'client_service')
    // A row without a value is in no filter.
    expect(await text.inputValue()).toBe('{server_service="cart"}')
    await choose(host, row(1).nth(2), 'storefront')
    await expect.poll(() => text.inputValue()).toBe('{server_service="cart",client_service="storefront"}')
    await expect
      .poll(() => host.value())
      .toMatchObject({ filter: '{server_service="cart",client_service="storefront"}' })

    await text.fill('{server_service=~"ca.*"}')
    await text.press('Enter')
    await expect.poll(() => row(0).nth(1).inputValue()).toBe('=~')
    await expect.poll(() => host.page.getByTestId('matcher-1').count()).toBe(0)

    await text.fill('{server_service=}')
    await host.page.getByText('a quoted value is missing').waitFor()
    await text.press('Enter')
    await expect.poll(() => host.value()).toMatchObject({ filter: '{server_service=~"ca.*"}' })

    await choose(host, host.page.getByTestId('query-type'), 'Series')
    await choose(host, host.page.getByTestId('split'), 'Each server')
    await expect.poll(() => host.value()).toMatchObject({ queryType: 'series', split: 'server', format: 'frames' })
    await choose(host, host.page.getByTestId('query-type'), 'Nodes')
    await expect.poll(() => host.page.getByTestId('filter-text').count()).toBe(0)
  })

  it('variable editor: which label', async () => {
    const host = await open()
    await host.editor('variable', { refId: 'V' })
    await choose(host, host.page.getByTestId('variable-label'), 'server_service')
    await expect.poll(() => host.value()).toMatchObject({ label: 'server_service' })
  })

  it('configuration: address and token, the token as a secret', async () => {
    const host = await open()
    await host.editor('config', { jsonData: {}, secureJsonFields: {} })
    const url = host.page.getByRole('textbox', { name: 'URL' })
    await url.fill('headwater:4400')
    await host.page.getByText('An address begins with http://').waitFor()
    await url.fill('http://headwater:4400')
    await host.page.getByLabel('Token').fill('s3cret')
    await expect
      .poll(() => host.value())
      .toMatchObject({
        jsonData: { url: 'http://headwater:4400' },
        secureJsonData: { token: 's3cret' },
      })
  })
}
