import type { LayoutRequest, LayoutResult } from './messages.js'
import { sliceMs } from './pace.js'
import { LayoutSimulation } from './simulation.js'

/** The part of a worker's global scope that is used here (the DOM's types describe a window). */
interface Scope {
  onmessage: ((event: MessageEvent<LayoutRequest>) => void) | null
  postMessage(message: LayoutResult, transfer: Transferable[]): void
}

const scope = globalThis as unknown as Scope
let current = 0

/** Runs a slice, shows it, and yields, so that a newer request is heard before this one has settled. */
function run(simulation: LayoutSimulation, revision: number, looks = 0): void {
  if (revision !== current) return
  const until = performance.now() + sliceMs(simulation.size, looks)
  let done = false
  while (!done && performance.now() < until) done = simulation.step(1)
  const positions = simulation.positions()
  scope.postMessage({ revision, positions, done }, [positions.buffer])
  if (!done) setTimeout(run, 4, simulation, revision, looks + 1)
}

scope.onmessage = ({ data }) => {
  current = data.revision
  run(new LayoutSimulation(data), data.revision)
}
