import { bytes, exactCount, money } from '@headwater/console'
import type { CostAnswer, MapAnswer, NodesAnswer } from '@headwater/contracts/api'
import { expect, it } from 'vitest'
import { settled } from '../../../services/console/test/browser.js'
import type { Open } from './host.js'

/** Opens a page of the app on the tests' own range. */
async function at(open: Open, page: string) {
  const host = await open()
  await host.open(`/a/headwater-app/${page}`, `?from=${host.asText.from}&to=${host.asText.to}&refresh=0`)
  return host
}

export function pageCases(open: Open): void {
  it('map: the answer of the API, and the details of an edge that decides', async () => {
    const host = await at(open, 'map')
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    expect(await settled(host.page)).toEqual({ nodes: answer.nodes.length, edges: answer.edges.length })
    const field = host.page.getByRole('textbox', { name: 'Filter' })
    await field.fill('{server_service="cart"}')
    await field.press('Enter')
    const cart = await host.server.ask<MapAnswer>('map', { ...host.asText, filter: '{server_service="cart"}' })
    await host.page.locator(`canvas[data-testid=map][data-edges="${cart.edges.length}"]`).waitFor()
  })

  it('health: a service with its series and flows', async () => {
    const host = await at(open, 'health')
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    await host.page.locator('[data-service]', { hasText: 'payments' }).first().click()
    const node = answer.nodes.find((n) => n.label === 'payments')
    const detail = host.page.getByTestId('detail')
    await expect.poll(() => detail.textContent()).toContain(bytes(node?.tx_bytes ?? -1))
    await host.page.getByTestId('series').locator('.uplot').first().waitFor()
    await host.page.getByTestId('flows').first().waitFor()
  })

  it('cost: the sums of the API', async () => {
    const host = await at(open, 'cost')
    const answer = await host.server.ask<CostAnswer>('cost', host.asText)
    await expect
      .poll(() => host.page.getByTestId('cost-totals').textContent())
      .toContain(money(answer.total.per_month, answer.currency))
  })

  it('fleet: the agents of the API', async () => {
    const host = await at(open, 'fleet')
    const answer = await host.server.ask<NodesAnswer>('nodes', host.asText)
    await expect.poll(() => host.page.locator('[data-agent]').count()).toBe(answer.nodes.length)
    expect(await host.page.getByTestId('fleet-totals').textContent()).toContain(exactCount(answer.nodes.length))
    await host.page.locator('[data-agent]').first().click()
    await host.page.getByTestId('agent').waitFor()
  })
}

export function pageErrors(open: Open): void {
  it('an error is told, and tried again', async () => {
    const host = await open()
    host.configure({ token: 'error' })
    await host.open('/a/headwater-app/map')
    await host.page.getByText('ClickHouse at 127.0.0.1:8123 refused the connection').waitFor()
    host.configure({ token: 'demo' })
    await host.page.getByRole('button', { name: 'Try again' }).click()
    await settled(host.page)
  })
}
