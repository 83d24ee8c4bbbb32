import { fileURLToPath } from 'node:url'
import type { MapAnswer } from '@headwater/contracts'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch, missing, positionOf, settled, type Visit, visit } from '../../console/test/browser.js'
import { eventually, noAgent, skip, startUp, temporaryFolder, type Up } from './support/headwater.js'
import { closedPort, type Planned, startClient, startServer, type TrafficProgram } from './support/traffic.js'

const CLIENT = 'seen-client'
const SERVER = 'seen-server'
const REQUEST = 1_234
const ANSWER = 56_789
const SHORT = 25

const built = fileURLToPath(import.meta.resolve('@headwater/console/app/index.html'))

describe.skipIf(skip('the console on real traffic', noAgent ?? missing(built)))('the console on real traffic', () => {
  const folder = temporaryFolder()
  const programs: TrafficProgram<unknown>[] = []
  let browser: Browser
  let up: Up
  let seen: Visit
  let plan: Planned[]

  beforeAll(async () => {
    browser = await launch()
    up = await startUp(folder.path)
    await eventually('the agent', async () => {
      const { agent } = await up.get<{ agent: { state: string } }>('/api/v1/status')
      return agent.state === 'running' ? true : undefined
    })
    const server = startServer(folder.path, SERVER, ['127.0.0.1'])
    programs.push(server)
    const [port = 0] = await server.said
    const refused = { host: '127.0.0.1', port: await closedPort(), request: 12, answer: 0, keep: false }
    const short = { host: '127.0.0.1', port, request: REQUEST, answer: ANSWER, keep: false }
    plan = [...Array.from({ length: SHORT }, () => short), { ...short, keep: true }, refused, refused]
    seen = await visit(browser, up, `/?from=now-5m#token=${up.token}`)
  })
  afterEach(() => {
    expect(seen.errors).toEqual([])
    expect(seen.foreign).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    for (const program of programs) program.stop()
    await up?.stop()
    folder.remove()
  })

  const row = () =>
    seen.page.getByTestId('edges').getByRole('row').filter({ hasText: CLIENT }).filter({ hasText: SERVER })
  const edge = async () => {
    const map = await up.get<MapAnswer>('/api/v1/map?from=now-5m')
    return map.edges.find((e) => e.source.includes(CLIENT) && e.target.includes(SERVER))
  }

  it('takes the token out of the address', () => expect(seen.page.url()).not.toContain(up.token))

  it('shows connections by themselves, soon after they close', async () => {
    const client = startClient(folder.path, CLIENT, plan)
    programs.push(client)
    const made = await client.said
    const closed = performance.now()
    expect(made.filter((m) => m.error === '')).toHaveLength(SHORT + 1)
    await row().waitFor({ timeout: 20_000 })
    console.info(`first row in the browser ${Math.round(performance.now() - closed)} ms after the last close`)
    await eventually('every connection', async () => ((await edge())?.connects === SHORT + 1 ? true : undefined))
    const all = await edge()
    expect(all?.open).toBe(1)
    expect(all?.client_to_server_bytes).toBe((SHORT + 1) * REQUEST)
    expect(all?.server_to_client_bytes).toBe((SHORT + 1) * ANSWER)
    await eventually('the numbers on screen', async () =>
      (await row().textContent())?.includes(String(SHORT + 1)) ? true : undefined,
    )
  })

  it('draws both ends on the map, and opens the edge with its series and flows', async () => {
    expect((await settled(seen.page)).nodes).toBeGreaterThanOrEqual(2)
    const found = await edge()
    const at = await positionOf(seen.page, found?.id ?? '')
    await seen.page.mouse.click(at.x, at.y)
    const detail = seen.page.getByTestId('detail')
    await detail.waitFor()
    expect(await detail.textContent()).toContain(SERVER)
    await seen.page.getByTestId('series').locator('canvas').first().waitFor()
    await seen.page.getByTestId('flows').getByText('127.0.0.1').first().waitFor()
  })

  it('says which attempts were refused', async () => {
    const refused = seen.page
      .getByTestId('edges')
      .getByRole('row')
      .filter({ hasText: CLIENT })
      .filter({ hasText: 'refused' })
    await refused.waitFor({ timeout: 10_000 })
    expect(await refused.textContent()).toMatch(/2\s*refused/)
  })
})
