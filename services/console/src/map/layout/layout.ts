import type { LayoutRequest, LayoutResult } from './messages.js'
import { sliceMs } from './pace.js'
import { LayoutSimulation } from './simulation.js'

/** So long the calling thread is held at once. */
const SLICE_MS = 12

/** Lays a graph out, somewhere. A newer request takes the place of the one under way. */
export interface Layout {
  request(request: LayoutRequest): void
  onResult: ((result: LayoutResult) => void) | undefined
  dispose(): void
}

/** In a worker (`src/map/layout/worker.ts`, made by the host: how depends on its bundler). */
export class WorkerLayout implements Layout {
  onResult: Layout['onResult']

  constructor(private readonly worker: Worker) {
    worker.onmessage = (event: MessageEvent<LayoutResult>) => this.onResult?.(event.data)
  }

  request(request: LayoutRequest): void {
    this.worker.postMessage(request)
  }

  dispose(): void {
    this.worker.terminate()
  }
}

/** On the calling thread, in short slices: where a host cannot make workers. */
export class InlineLayout implements Layout {
  onResult: Layout['onResult']
  #timer: ReturnType<typeof setTimeout> | undefined

  request(request: LayoutRequest): void {
    this.dispose()
    const simulation = new LayoutSimulation(request)
    let shown = performance.now()
    let looks = 0
    const slice = (): void => {
      const until = performance.now() + SLICE_MS
      let done = false
      while (!done && performance.now() < until) done = simulation.step(1)
      if (done || performance.now() - shown > sliceMs(simulation.size, looks)) {
        shown = performance.now()
        looks++
        this.onResult?.({ revision: request.revision, positions: simulation.positions(), done })
      }
      if (!done) this.#timer = setTimeout(slice, 8)
    }
    this.#timer = setTimeout(slice, 0)
  }

  dispose(): void {
    clearTimeout(this.#timer)
  }
}
