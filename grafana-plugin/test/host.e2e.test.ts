import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { entriesOf } from '../.config/zip/entries.js'
import { zipPlugin } from '../.config/zip/zip.js'
import { editorCases } from './cases/editors.js'
import { pageCases, pageErrors } from './cases/pages.js'
import { panelCases } from './cases/panels.js'
import { queryCases } from './cases/queries.js'
import { built, hostSuite } from './cases/suite.js'
import { dist } from './host/files.js'
import { type MadeUp, startMadeUp } from './host/made-up.js'

let madeUp: MadeUp
/** Nine minutes past a whole hour: what the made-up API says of it is the same at each run. */
const TO = Date.UTC(2026, 0, 5, 10, 9)
const range = { from: TO - 900_000, to: TO }

beforeAll(async () => {
  madeUp = await startMadeUp()
})
afterAll(() => madeUp?.close())
beforeEach(() => {
  Object.assign(madeUp, { asked: [], instead: undefined })
})

hostSuite(
  'a made-up Headwater',
  () => ({ source: { url: madeUp.url, token: 'demo' }, range }),
  (open) => {
    panelCases(open)
    queryCases(open, () => madeUp.asked)
    editorCases(open)
    pageCases(open)
    pageErrors(open)
  },
)

describe.skipIf(built !== undefined)('the zip of the built plugin', () => {
  it('has all that Grafana and its catalog ask for, in one folder', async () => {
    const file = join(tmpdir(), `headwater-app-${process.pid}.zip`)
    await zipPlugin(dist, 'headwater-app', file)
    const names = entriesOf(readFileSync(file)).map((e) => e.name)
    rmSync(file)
    const plugins = ['', 'datasource/', 'map-panel/', 'health-panel/']
    const each = plugins.flatMap((p) =>
      ['plugin.json', 'module.js', 'img/logo.svg'].map((n) => `headwater-app/${p}${n}`),
    )
    const whole = ['README.md', 'CHANGELOG.md', 'LICENSE'].map((n) => `headwater-app/${n}`)
    expect(names).toEqual(expect.arrayContaining([...each, ...whole]))
    expect(names.filter((n) => !n.startsWith('headwater-app/') || n.endsWith('.map'))).toEqual([])
  })
})
