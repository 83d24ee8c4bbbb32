import { expect, it } from 'vitest'
import type { Open } from '../cases/host.js'
import type { MadeUp } from '../host/made-up.js'

const map = { queries: [{ queryType: 'map', format: 'frames' }] }
const status = (version: string) => ({
  ...{ version, mode: 'all-in-one', bus: 'local', store: { kind: 'embedded', ok: true, message: '' } },
  ...{ agent: { state: 'running', message: '' }, hints: [] },
})
const unknown = {
  ...{ type: 'about:blank', title: 'Bad request', status: 400, code: 'unknown-parameter', parameter: 'group_by' },
  detail: 'there is no parameter "group_by"',
}

/** A plugin and a Headwater that do not fit; the Headwater is made up. */
export function versionCases(open: Open, madeUp: () => MadeUp): void {
  it.each([
    ['newer', '0.0.9', /^This plugin \([\d.]+\) is newer than Headwater \(0\.0\.9\): update Headwater, or install/],
    [
      'older',
      '9.1.0',
      /^This plugin \([\d.]+\) is older than Headwater \(9\.1\.0\): install the plugin of version 9\.1\.0/,
    ],
  ])('a plugin %s than Headwater', async (_, version, sentence) => {
    const host = await open()
    host.configure({ url: madeUp().url, token: 'demo' })
    madeUp().instead = (path) =>
      path.endsWith('/status') ? { status: 200, body: status(version) } : { status: 400, body: unknown }
    const tested = await host.method<{ message?: string; error?: string }>('testDatasource')
    expect(tested.message ?? tested.error).toMatch(sentence)
    for (const panel of ['map-panel', 'health-panel'] as const) {
      await host.panel(panel, map)
      await host.notice(sentence)
    }
  })

  it.each([
    ['an answer of another shape', { nodes: {}, edges: 7, range: null }],
    ['an empty answer', {}],
    ['a list', []],
  ])('%s says which side to update', async (_, body) => {
    const host = await open()
    host.configure({ url: madeUp().url, token: 'demo' })
    madeUp().instead = (path) => ({ status: 200, body: path.endsWith('/status') ? status('9.1.0') : body })
    await host.panel('map-panel', map)
    await host.notice(/is older than Headwater \(9\.1\.0\): install/)
    for (const queryType of [
      'services',
      'edges',
      'flows',
      'dns',
      'cost',
      'nodes',
      'completeness',
      'series',
      'changes',
    ]) {
      const { errors } = await host.run({ queries: [{ queryType }] })
      expect(errors, queryType).toEqual([expect.stringMatching(/is older than Headwater \(9\.1\.0\): install/)])
    }
  })
}
