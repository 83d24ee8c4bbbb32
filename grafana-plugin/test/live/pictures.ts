import { mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MapAnswer } from '@headwater/contracts/api'
import { it } from 'vitest'
import { positionOf, settled } from '../../../services/console/test/browser.js'
import type { Host, Open } from '../cases/host.js'
import { map } from './calm.js'
import { edgeOf } from './figures.js'

const plugin = join(import.meta.dirname, '..', '..')
const images = join(plugin, 'images')
/** Pictures that are only for a look, of all dashboards. */
const looks = join(tmpdir(), 'headwater-dashboards')
export const dashboards = [
  'fleet-overview',
  'service-map',
  'service-health',
  'edge',
  'data-transfer-and-cost',
  'agents-and-completeness',
]
/** Those that the documents show. */
const shown = ['fleet-overview faulty', 'service-health faulty', 'data-transfer-and-cost calm']

const all = ['cluster', 'namespace'].map((name) => ({ name, value: '$__all', allValue: '.*' }))
const variables = [
  ...all,
  ...Object.entries({ grouping: 'service', service: 'checkout', client: 'checkout', server: 'payments' }).map(
    ([name, value]) => ({ name, value }),
  ),
]

async function shoot(host: Host, file: string, height = 760, width = 1220): Promise<void> {
  mkdirSync(images, { recursive: true })
  mkdirSync(looks, { recursive: true })
  await host.page.setViewportSize({ width, height })
  await host.page.waitForTimeout(1_500)
  await host.page.screenshot({ path: file })
}

/** Panels as the live lab fills them, for people to look at: made where UPDATE_PICTURES is set. */
export function panelPictures(open: Open, state: 'calm' | 'faulty'): void {
  const image = (name: string): string => join(images, `${name}.png`)

  it.each(['dark', 'light'] as const)(`pictures of panels, ${state}, %s`, async (theme) => {
    const host = await open(true)
    await host.theme(theme)
    await host.panel('map-panel', map)
    await settled(host.page)
    await shoot(host, image(`map-${state}-${theme}`))
    await host.panel('health-panel', map)
    await shoot(host, image(`health-${state}-${theme}`))
  })

  it.skipIf(state === 'calm')('pictures of details, editor and a page', async () => {
    const host = await open(true)
    await host.theme('light')
    await host.panel('map-panel', map)
    await settled(host.page)
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    const { x, y } = await positionOf(host.page, edgeOf(answer, 'checkout', 'payments').id)
    await host.page.mouse.click(x, y)
    await shoot(host, image('map-details'))
    await host.open('/a/headwater-app/health', `?from=${host.asText.from}&to=${host.asText.to}&refresh=0`)
    await host.page.locator('[data-service]', { hasText: 'payments' }).first().click()
    await host.page.getByTestId('series').waitFor()
    await shoot(host, image('page-health'))
    await host.theme('dark')
    const filter = '{server_service="$service",client_cluster=~"shop.*"}'
    await host.editor('query', { refId: 'A', queryType: 'map', groupBy: 'service', filter })
    await shoot(host, image('editor'), 270)
  })
}

/** Every dashboard as it is laid out: our panels by their modules, Grafana's by the components of @grafana/ui that they are made of. */
export function dashboardPictures(open: Open, state: 'calm' | 'faulty'): void {
  it.each(dashboards)(`picture of the dashboard %s, ${state}`, async (name) => {
    const host = await open(true)
    await host.theme(state === 'calm' ? 'light' : 'dark')
    await host.page.setViewportSize({ width: 1632, height: 900 })
    const json = JSON.parse(readFileSync(join(plugin, 'src', 'dashboards', `${name}.json`), 'utf8'))
    const named = name === 'service-map' ? variables.filter((v) => v.name !== 'service') : variables
    await host.dashboard(json, { variables: [...named, { name: 'service', value: '$__all', allValue: '.*' }] })
    const grid = host.page.getByTestId('dashboard')
    await grid.waitFor()
    const { height = 900 } = (await grid.boundingBox()) ?? {}
    const file = shown.includes(`${name} ${state}`)
      ? join(images, `dashboard-${name}.png`)
      : join(looks, `${name}-${state}.png`)
    await shoot(host, file, Math.ceil(height) + 80, 1632)
  })
}
