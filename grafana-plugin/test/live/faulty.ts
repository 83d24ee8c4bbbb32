import type { MapAnswer } from '@headwater/contracts/api'
import { expect, it } from 'vitest'
import { positionOf, settled } from '../../../services/console/test/browser.js'
import { column, type Open } from '../cases/host.js'
import { map } from './calm.js'
import { edgeOf, nodeOf } from './figures.js'

/** The same panels while payments is refused and frontend has a new dependency. */
export function faultyCases(open: Open): void {
  it("health panel: payments is unhealthy, in the API's own words", async () => {
    const host = await open()
    await host.panel('health-panel', map)
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    const { health } = nodeOf(answer, 'payments')
    expect(health).toMatchObject({ state: 'unhealthy', cause: 'refused' })
    const count = answer.nodes.filter((n) => n.health.state === 'unhealthy').length
    await expect.poll(() => host.page.getByTestId('health-head').textContent()).toContain(`${count} unhealthy`)
    const row = host.page.locator('[data-service]', { hasText: 'payments' }).first()
    expect(await row.textContent()).toContain(health.reason)
  })

  it('map panel: the edge to payments says why', async () => {
    const host = await open()
    await host.panel('map-panel', map)
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    expect(await settled(host.page)).toEqual({ nodes: answer.nodes.length, edges: answer.edges.length })
    const edge = edgeOf(answer, 'checkout', 'payments')
    const { x, y } = await positionOf(host.page, edge.id)
    await host.page.mouse.click(x, y)
    const note = host.page.getByTestId('health-note').first()
    await expect.poll(() => note.textContent()).toContain(edge.health.reason)
    expect(edge.failures).toBeGreaterThan(0)
    expect(await host.page.getByTestId('detail').textContent()).toContain(String(edge.failures))
  })

  it('annotations: the new edge, when it was first seen', async () => {
    const host = await open()
    const run = await host.run({ queries: [{ queryType: 'changes' }] })
    const at = column(run, 'title').indexOf('New: frontend → database')
    expect(column(run, 'title').filter((t) => String(t).startsWith('New'))).toEqual(['New: frontend → database'])
    const time = Number(column(run, 'time')[at])
    expect(time).toBeGreaterThanOrEqual(host.range.from)
    expect(time).toBeLessThan(host.range.to)
    expect(column(run, 'tags')[at]).toBe('headwater,new-edge')
  })

  it('the page Health tells the same', async () => {
    const host = await open()
    await host.open('/a/headwater-app/health', `?from=${host.asText.from}&to=${host.asText.to}&refresh=0`)
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    const row = host.page.locator('[data-service]', { hasText: 'payments' }).first()
    await expect.poll(() => row.textContent()).toContain(nodeOf(answer, 'payments').health.reason)
  })
}
