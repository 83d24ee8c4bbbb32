import { setTimeout as sleep } from 'node:timers/promises'
import type { MapAnswer } from '@headwater/contracts/api'
import { type LabDemo, startLabDemo } from '../../../services/headwater/test/lab/support/lab-demo.js'
import { quiet } from '../../../services/headwater/test/lab/support/quiet.js'
import { shows, troubles } from '../../../services/headwater/test/lab/support/states.js'
import { eventually } from '../../../services/headwater/test/support/headwater.js'
import { timing } from '../../../services/query/src/health/thresholds.js'

/** How long the lab's traffic is looked at. */
const TRAFFIC_MS = 20_000
/** What an agent or ingest may hold back; and an answer for a range that ended less than this ago is of now, not of the range. */
const OVER_MS = timing.now + 2_000
/** Patience, not a promise: services/headwater/test/lab/faults.it.test.ts measures it. */
const SHOWN_MS = 240_000

export interface Range {
  from: number
  to: number
}

const mapOf = ({ get }: LabDemo, { from, to }: Range, more = '') =>
  get<MapAnswer>(`/api/v1/map?from=${from}&to=${to}${more}`)

/** A demo on the real lab, and a range of it that is over: what was seen in it does not change any more. */
export async function startCalmLab(): Promise<{ demo: LabDemo; calm: Range }> {
  const demo = await startLabDemo()
  const { time: from } = await quiet(demo)
  await demo.resume()
  await sleep(TRAFFIC_MS)
  const { time: to } = await quiet(demo)
  await demo.resume()
  await sleep(OVER_MS)
  return { demo, calm: { from, to } }
}

const refused = { cause: 'refused', at_fault: 'server', edges: ['checkout > payments'], nodes: ['payments'] }

/** Nobody listens at payments any more, and frontend asks a new dependency: a range, over too, in which that is seen. */
export async function trouble(demo: LabDemo): Promise<Range> {
  const from = Date.now()
  await demo.setFault('refused', true)
  await demo.setFault('new-dependency', true)
  const fresh = async (): Promise<boolean> => {
    const to = Date.now()
    const compared = `&compare_from=${2 * from - to}&compare_to=${from}`
    return (await mapOf(demo, { from, to }, compared)).edges.some((e) => e.change?.kind === 'new')
  }
  await eventually(
    'the faults on the map',
    async () => (shows(troubles(await mapOf(demo, { from, to: Date.now() })), refused) && (await fresh())) || undefined,
    SHOWN_MS,
  )
  await sleep(TRAFFIC_MS)
  const to = Date.now()
  await sleep(OVER_MS)
  return { from, to }
}
