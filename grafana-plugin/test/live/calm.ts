import { bytes, exactCount, percent } from '@headwater/console'
import type { MapAnswer, ServicesAnswer } from '@headwater/contracts/api'
import { expect, it } from 'vitest'
import { positionOf, settled } from '../../../services/console/test/browser.js'
import type { Open } from '../cases/host.js'
import { edgeOf, nodeOf } from './figures.js'

export const map = { queries: [{ queryType: 'map', groupBy: 'service', format: 'frames', filter: '' }] }

/** The panels on a calm lab. */
export function calmPanels(open: Open): void {
  it('map panel: nodes and edges of the API, and the figures of a node and an edge', async () => {
    const host = await open()
    await host.panel('map-panel', map)
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    expect(answer.edges.length).toBeGreaterThan(10)
    expect(await settled(host.page)).toEqual({ nodes: answer.nodes.length, edges: answer.edges.length })
    const { delivered, coverage } = answer.completeness
    await host.page.getByLabel(`Completeness: delivered ${percent(delivered)}, coverage ${percent(coverage)}`).waitFor()
    const detail = host.page.getByTestId('detail')
    const click = async (id: string): Promise<void> => {
      const { x, y } = await positionOf(host.page, id)
      await host.page.mouse.click(x, y)
    }
    const node = nodeOf(answer, 'catalogue')
    await click(node.id)
    await expect.poll(() => detail.textContent()).toContain(bytes(node.tx_bytes))
    expect(await detail.textContent()).toContain(bytes(node.rx_bytes))

    const edge = edgeOf(answer, 'checkout', 'payments')
    await click(edge.id)
    await expect.poll(() => detail.textContent()).toContain(bytes(edge.client_to_server_bytes))
    const text = (await detail.textContent()) ?? ''
    expect(text).toContain(bytes(edge.server_to_client_bytes))
    expect(text).toContain(exactCount(edge.connects))
  })

  it('health panel: every service, healthy', async () => {
    const host = await open()
    await host.panel('health-panel', map)
    const { services } = await host.server.ask<ServicesAnswer>('services', host.asText)
    const head = host.page.getByTestId('health-head')
    const healthy = services.filter((s) => s.health.state === 'healthy').length
    expect(healthy).toBeGreaterThan(5)
    await expect.poll(() => head.textContent()).toContain(`${healthy} healthy`)
    expect(await head.textContent()).toContain('0 unhealthy')
    const names = await host.page.locator('[data-service]').allTextContents()
    for (const { label } of services) expect(names.join('\n')).toContain(label)
  })
}
