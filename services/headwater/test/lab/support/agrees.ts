import type { MapAnswer } from '@headwater/contracts'
import { expect } from 'vitest'
import { eventually } from '../../support/headwater.js'
import type { LabDemo } from './lab-demo.js'
import { type Line, shownLines } from './pairs.js'
import type { Quiet } from './quiet.js'

/** The map's edges from one quiet moment to another. */
export const linesOf = async (demo: LabDemo, from: Quiet, to: Quiet): Promise<Line[]> =>
  shownLines(await demo.get<MapAnswer>(`/api/v1/map?from=${from.time}&to=${to.time}`))

/** Waits until the map is what it should be; its rows may be on their way yet. */
export async function agrees(demo: LabDemo, from: Quiet, to: Quiet, truth: readonly Line[]): Promise<Line[]> {
  const same = async () => {
    const lines = await linesOf(demo, from, to)
    expect(lines).toEqual(truth)
    return lines
  }
  // The last look tells what differs.
  return eventually('the map of the truth', same).catch(same)
}
