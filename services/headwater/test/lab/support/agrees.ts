import type { Completeness, CompletenessAnswer, MapAnswer } from '@headwater/contracts'
import { expect } from 'vitest'
import { eventually } from '../../support/headwater.js'
import type { LabDemo } from './lab-demo.js'
import { type Line, shownLines } from './pairs.js'
import type { Quiet } from './quiet.js'

/** Rows come within seconds, but for a machine that does much else. */
const PATIENCE_MS = 90_000

type Api = Pick<LabDemo, 'get'>

/** What the services count is TCP. What they ask the name server is counted by that one, question by question. */
export const TCP = `filter=${encodeURIComponent('{transport="tcp"}')}`

/** The map's edges from one quiet moment to another. */
export const linesOf = async (demo: Api, from: Quiet, to: Quiet): Promise<Line[]> =>
  shownLines(await demo.get<MapAnswer>(`/api/v1/map?from=${from.time}&to=${to.time}&${TCP}`))

/** Waits until the map is what it should be; its rows may be on their way yet. */
export async function agrees(
  demo: Api,
  from: Quiet,
  to: Quiet,
  truth: readonly Line[],
  withinMs = PATIENCE_MS,
): Promise<Line[]> {
  const same = async () => {
    const lines = await linesOf(demo, from, to)
    expect(lines).toEqual(truth)
    return lines
  }
  // The last look tells what differs.
  return eventually('the map of the truth', same, withinMs).catch(same)
}

/** Waits until the completeness of a range is as it should be: the last batches and reports may be on their way yet. */
export async function isComplete(
  demo: Api,
  from: Quiet,
  to: Quiet,
  expected: Partial<Completeness>,
  withinMs = PATIENCE_MS,
): Promise<Completeness> {
  const same = async () => {
    const range = `from=${from.time}&to=${to.time}`
    const { completeness } = await demo.get<CompletenessAnswer>(`/api/v1/completeness?${range}`)
    expect(completeness).toMatchObject(expected)
    return completeness
  }
  return eventually('completeness', same, withinMs).catch(same)
}
