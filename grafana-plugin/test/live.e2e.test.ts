import { afterAll, beforeAll, describe } from 'vitest'
import type { LabDemo } from '../../services/headwater/test/lab/support/lab-demo.js'
import { noAgent, skip } from '../../services/headwater/test/support/headwater.js'
import { pageCases } from './cases/pages.js'
import { hostSuite } from './cases/suite.js'
import { calmAsking } from './live/asking.js'
import { calmPanels } from './live/calm.js'
import { faultyCases } from './live/faulty.js'
import { type Range, startCalmLab, trouble } from './live/lab.js'
import { dashboardPictures, panelPictures } from './live/pictures.js'
import { calmTables } from './live/tables.js'

/** Kernel, agents, store, API, the plugin's backend, Grafana's packages, a browser: nothing of it made up. */
describe.skipIf(skip('the plugin on the live lab', noAgent))('the plugin on the live lab', () => {
  let demo: LabDemo
  let calm: Range
  let faulty: Range
  const source = () => ({ url: demo.url, token: demo.token })

  beforeAll(async () => {
    const started = await startCalmLab()
    demo = started.demo
    calm = started.calm
  })
  afterAll(() => demo?.stop())

  hostSuite(
    'calm',
    () => ({ source: source(), range: calm }),
    (open, grafana) => {
      calmPanels(open)
      calmTables(open)
      calmAsking(open)
      pageCases(open)
      if (grafana === 13 && process.env.UPDATE_PICTURES) {
        panelPictures(open, 'calm')
        dashboardPictures(open, 'calm')
      }
    },
  )

  describe('with faults', () => {
    beforeAll(async () => {
      faulty = await trouble(demo)
    }, 300_000)
    hostSuite(
      'faulty',
      () => ({ source: source(), range: faulty }),
      (open, grafana) => {
        faultyCases(open)
        if (grafana === 13 && process.env.UPDATE_PICTURES) {
          panelPictures(open, 'faulty')
          dashboardPictures(open, 'faulty')
        }
      },
    )
  })
})
