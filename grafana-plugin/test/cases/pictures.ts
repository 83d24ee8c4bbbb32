import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { MapAnswer } from '@headwater/contracts/api'
import { it } from 'vitest'
import { positionOf, settled } from '../../../services/console/test/browser.js'
import { asText, type Host, type Open } from './suite.js'

const images = join(import.meta.dirname, '..', '..', 'images')
const map = { queries: [{ queryType: 'map', groupBy: 'service', format: 'frames' }] }

/** The pictures of README.md, for people to look at: made where UPDATE_PICTURES is set. */
export function pictureCases(open: Open): void {
  const shoot = async (host: Host, name: string, height = 760): Promise<void> => {
    mkdirSync(images, { recursive: true })
    await host.page.setViewportSize({ width: 1220, height })
    await host.page.waitForTimeout(1_500)
    await host.page.screenshot({ path: join(images, `${name}.png`) })
  }

  it.each([
    ['calm', 'dark'],
    ['calm', 'light'],
    ['demo', 'dark'],
    ['demo', 'light'],
  ] as const)('panels, %s, %s', async (scenario, theme) => {
    const host = await open(true)
    const name = `${scenario === 'demo' ? 'faulty' : 'calm'}-${theme}`
    host.server.scenario = scenario
    await host.theme(theme)
    await host.panel('map-panel', map)
    await settled(host.page)
    await shoot(host, `map-${name}`)
    if (scenario === 'demo' && theme === 'light') {
      const answer = await host.server.ask<MapAnswer>('map', asText)
      const at = await positionOf(host.page, answer.nodes.find((n) => n.label === 'worker')?.id ?? '')
      await host.page.mouse.click(at.x, at.y)
      await shoot(host, 'map-details')
    }
    await host.panel('health-panel', map)
    await shoot(host, `health-${name}`)
  })

  it('editor and a page', async () => {
    const host = await open(true)
    await host.theme('dark')
    await host.editor('query', {
      refId: 'A',
      queryType: 'map',
      groupBy: 'service',
      filter: '{server_service="$service",client_cluster=~"shop-.*"}',
    })
    await shoot(host, 'editor', 270)
    await host.theme('light')
    await host.open('/a/headwater-app/health')
    await host.page.locator('[data-service]').nth(3).click()
    await host.page.getByTestId('series').waitFor()
    await shoot(host, 'page-health')
  })
}
