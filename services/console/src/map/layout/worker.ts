import type { LayoutRequest, LayoutResult } from './messages.js'
import { LayoutSimulation } from './simulation.js'

/** The part of a worker's global scope that is used here (the DOM's types describe a window). */
interface Scope {
  onmessage: ((event: MessageEvent<LayoutRequest>) => void) | null
  postMessage(message: LayoutResult, transfer: Transferable[]): void
}

const scope = globalThis as unknown as Scope
const SLICE_MS = 12
let current = 0

/** Runs a slice, shows it, and yields, so that a newer request is heard before this one has settled. */
function run(simulation: LayoutSimulation, revision: number): void {
  if (revision !== current) return
  const until = performance.now() + SLICE_MS
  let done = false
  while (!done && performance.now() < until) done = simulation.step(1)
  const positions = simulation.positions()
  scope.postMessage({ revision, positions, done }, [positions.buffer])
  if (!done) setTimeout(run, 4, simulation, revision)
}

scope.onmessage = ({ data }) => {
  current = data.revision
  run(new LayoutSimulation(data), data.revision)
}
