import { bytes, percent } from '@headwater/console'
import type { MapAnswer } from '@headwater/contracts/api'
import { expect, it } from 'vitest'
import { positionOf, settled } from '../../../services/console/test/browser.js'
import type { Open } from './host.js'

const map = { queries: [{ queryType: 'map', groupBy: 'service', format: 'frames', filter: '' }] }

export function panelCases(open: Open): void {
  it('map panel: every node and edge of the answer, and the figures of what is chosen', async () => {
    const host = await open()
    await host.panel('map-panel', map)
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    expect(await settled(host.page)).toEqual({ nodes: answer.nodes.length, edges: answer.edges.length })

    const node = answer.nodes.find((n) => n.label === 'storefront')
    const at = await positionOf(host.page, node?.id ?? '')
    await host.page.mouse.click(at.x, at.y)
    const detail = host.page.getByTestId('detail')
    await expect.poll(() => detail.textContent()).toContain(bytes(node?.tx_bytes ?? -1))
    expect(await detail.textContent()).toContain(bytes(node?.rx_bytes ?? -1))
    const flows = await host.page.getByRole('link', { name: 'Flows' }).getAttribute('href')
    expect(decodeURIComponent(flows?.replace(/\+/g, ' ') ?? '')).toContain('service=\\"storefront\\"')
  })

  it('map panel: places are worked out in a worker of its own folder, inline where told to, and where there is none', async () => {
    const layouts = async (options: object, blocked = false): Promise<number> => {
      const host = await open(true)
      let asked = 0
      await host.page.route('**/layout.js', (route) => {
        asked++
        expect(new URL(route.request().url()).pathname).toBe('/public/plugins/headwater-map-panel/layout.js')
        return blocked ? route.abort() : route.continue()
      })
      await host.panel('map-panel', map, options)
      await settled(host.page)
      await host.page.unrouteAll()
      return asked
    }
    expect(await layouts({ layout: 'worker' })).toBe(1)
    expect(await layouts({ layout: 'inline' })).toBe(0)
    expect(await layouts({ layout: 'worker' }, true)).toBe(1)
  })

  it('map panel: fewer labels without names, and nothing beside it without details', async () => {
    const host = await open()
    const canvas = host.page.locator('canvas[data-testid=map]')
    const labels = async () => Number(await canvas.getAttribute('data-labels'))
    await host.panel('map-panel', map)
    await settled(host.page)
    await expect.poll(labels).toBeGreaterThan(20)
    const named = await labels()
    await host.panel('map-panel', map, { names: false, details: false, completeness: false })
    await settled(host.page)
    await expect.poll(labels).toBeLessThan(named - 10)
    expect(await host.page.getByLabel(/^Completeness/).count()).toBe(0)
  })

  it('health panel: every service with its state and reason, as the answer says', async () => {
    const host = await open()
    await host.panel('health-panel', map)
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    const count = (state: string): number => answer.nodes.filter((n) => n.health.state === state).length
    const head = host.page.getByTestId('health-head')
    await expect.poll(() => head.textContent()).toContain(`${count('unhealthy')} unhealthy`)
    expect(await head.textContent()).toContain(`${count('degraded')} degraded`)
    const worst = answer.nodes.find((n) => n.label === 'worker')
    expect(await host.page.getByTestId('services').textContent()).toContain(worst?.health.reason)

    await host.panel('health-panel', map, { all: false })
    const unwell = count('unhealthy') + count('degraded')
    await expect.poll(() => host.page.locator('[data-service]').count()).toBe(unwell)
  })

  it('tells how complete an answer is, and what was left out', async () => {
    const host = await open()
    host.configure({ token: 'lossy' })
    await host.panel('map-panel', map)
    const badge = host.page.getByLabel(`Completeness: delivered ${percent(0.99314)}, coverage ${percent(0.871)}`)
    await badge.waitFor()
    expect(await host.page.getByRole('status').first().textContent()).toContain('12 nodes and 40 edges are left out')
  })

  it.each(['map-panel', 'health-panel'] as const)(
    '%s: a sentence for what goes wrong, and for nothing at all',
    async (panel) => {
      const host = await open()
      const notice = host.page.getByTestId('notice')
      const says = async (text: string): Promise<void> => {
        await expect.poll(() => notice.textContent().catch(() => ''), { timeout: 10_000 }).toContain(text)
      }
      host.configure({ token: 'error' })
      await host.panel(panel, map)
      await says('ClickHouse at 127.0.0.1:8123 refused the connection')
      host.configure({ token: 'empty' })
      await host.panel(panel, map)
      await says('No connection was seen in this time range')
      host.configure({ token: 'demo' })
      await host.panel(panel, { queries: [{ queryType: 'map', filter: '{service="nobody"}' }] })
      await says('matches the filter')
      await host.panel(panel, { queries: [{ queryType: 'map', filter: '{service=' }] })
      await says('a quoted value is missing')
      await host.panel(panel, { queries: [{ queryType: 'edges' }] })
      await says('Choose the query type "Map"')
      await host.panel(panel, { ...map, to: 1, from: 1 })
      await says('The time range is empty')
      await host.panel(panel, { queries: [{ queryType: 'traces' }] })
      await says('There is no query type "traces"')
    },
  )

  it('names that try to be something else are only ever text', async () => {
    const host = await open()
    host.configure({ token: 'hostile' })
    await host.panel('health-panel', map)
    await expect.poll(() => host.page.getByTestId('services').textContent()).toContain('<img src=x onerror=')
    await host.panel('map-panel', map)
    await settled(host.page)
    await host.table({ queries: [{ queryType: 'edges' }] })
    await host.page.getByText('<img src=x').first().waitFor()
    expect(await host.page.evaluate(() => 'hacked' in window)).toBe(false)
  })
}
