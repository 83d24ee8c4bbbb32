import { afterAll, beforeAll, beforeEach } from 'vitest'
import { Headwater } from '../backend/test/headwater.ts'
import { connections, range } from './bad/names.js'
import { badQueries } from './bad/queries.js'
import { settingsCases } from './bad/settings.js'
import { versionCases } from './bad/versions.js'
import { hostSuite } from './cases/suite.js'
import { type MadeUp, startMadeUp } from './host/made-up.js'

let headwater: Headwater
let madeUp: MadeUp

beforeAll(async () => {
  headwater = await Headwater.start()
  await headwater.connections(connections)
  await headwater.report('n9', range.to, { started: range.from })
  madeUp = await startMadeUp()
})
afterAll(async () => {
  await headwater?.stop()
  await madeUp?.close()
})
beforeEach(() => {
  madeUp.instead = undefined
})

/** The real query service over rows that nobody wants, and settings that cannot work. */
hostSuite(
  'bad input',
  () => ({ source: headwater.source, range }),
  (open) => {
    settingsCases(open)
    versionCases(open, () => madeUp)
    badQueries(open)
  },
)
