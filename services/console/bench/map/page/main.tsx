import '../../../src/views/tokens.css'
import '../../../src/views/base.css'
import '../../../src/views/views.css'
import type { ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import type { Point } from '../../../src/map/positions.js'
import { ConsoleMap } from './ConsoleMap.js'
import { fleet } from './fleet.js'
import { NodeGraph, placesOf } from './NodeGraph.js'

/** What the benchmark calls. `?show=console|svg&nodes=N` says what the page is for. */
export interface Bench {
  nodes: number
  edges: number
  /** Shows it. Data (and, for SVG, places) are there before, so that the call can be timed. */
  show(): void
  /** ms from `show` to the first picture, and to the layout at rest. */
  shown: Promise<{ first: number; rest: number }>
  /** An answer with the same nodes and edges. */
  refresh?(): void
  /** A spot without a node. */
  empty?(): Point | undefined
  /** Zooms out until all is in sight. */
  fit?(): void
}

declare global {
  interface Window {
    bench: Bench
  }
}

const query = new URLSearchParams(location.search)
const answer = fleet(Number(query.get('nodes') ?? 1000))
const places = query.get('show') === 'svg' ? placesOf(answer) : undefined
const container = document.getElementById('root') as HTMLElement
container.style.cssText = 'position:fixed;inset:0;display:grid'
const root = createRoot(container)
const { promise: shown, resolve } = Promise.withResolvers<{ first: number; rest: number }>()

function shownAt(start: number): ReactNode {
  if (!places) return <ConsoleMap answer={answer} start={start} onShown={resolve} />
  const onShown = (): void => resolve({ first: performance.now() - start, rest: performance.now() - start })
  return <NodeGraph answer={answer} places={places} onShown={onShown} />
}

window.bench = {
  nodes: answer.nodes.length,
  edges: answer.edges.length,
  shown,
  show: () => flushSync(() => root.render(shownAt(performance.now()))),
}
