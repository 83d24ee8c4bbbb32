import type { MapAnswer } from '@headwater/contracts'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { MapController } from '../../../src/map/controller.js'
import { graphOf } from '../../../src/map/graph.js'
import { WorkerLayout } from '../../../src/map/layout/layout.js'
import type { Point } from '../../../src/map/positions.js'
import { ServiceMap } from '../../../src/views/map/ServiceMap.js'
import { later } from './fleet.js'

const createLayout = (): WorkerLayout =>
  new WorkerLayout(new Worker(new URL('../../../src/map/layout/worker.ts', import.meta.url), { type: 'module' }))
const ignore = (): void => {}

export interface ConsoleMapProps {
  answer: Pick<MapAnswer, 'nodes' | 'edges'>
  /** Of `performance.now()`: when it was asked for. */
  start: number
  onShown(times: { first: number; rest: number }): void
}

/** The console's own map, as MapPage shows it; without places from an earlier visit. */
export function ConsoleMap({ answer, start, onShown }: ConsoleMapProps) {
  const [shown, setShown] = useState(answer)
  const graph = useMemo(() => graphOf(shown), [shown])
  const [map, setMap] = useState<MapController>()
  useEffect(() => {
    if (map) watch(map, answer, start, onShown)
  }, [map, answer, start, onShown])
  window.bench.refresh = useCallback(() => setShown(later), [])
  window.bench.empty = () => map && emptySpot(map, answer)
  return (
    <ServiceMap
      graph={graph}
      grouping="service"
      rangeMs={900_000}
      selection={undefined}
      found={undefined}
      onSelect={ignore}
      createLayout={createLayout}
      themeKey="light"
      onController={setMap}
    />
  )
}

function watch(
  map: MapController,
  { nodes }: Pick<MapAnswer, 'nodes'>,
  start: number,
  onShown: ConsoleMapProps['onShown'],
): void {
  const id = nodes[0]?.id ?? ''
  const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=map]')
  let first: number | undefined
  const look = (): void => {
    // What has a place now is painted before this frame ends.
    if (first === undefined && map.positionOf(id)) first = performance.now() - start
    if (first !== undefined && canvas?.dataset.settled === 'true') onShown({ first, rest: performance.now() - start })
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

/** A spot near the middle without a node: a drag from there pans. */
function emptySpot(map: MapController, { nodes }: Pick<MapAnswer, 'nodes'>): Point {
  const places = nodes.flatMap((n) => map.positionOf(n.id) ?? [])
  const middle = { x: innerWidth / 2, y: innerHeight / 2 }
  let best = { at: middle, room: -1 }
  for (let x = -150; x <= 150; x += 10)
    for (let y = -100; y <= 100; y += 10) {
      const at = { x: middle.x + x, y: middle.y + y }
      const room = Math.min(...places.map((p) => Math.hypot(p.x - at.x, p.y - at.y)))
      if (room > best.room) best = { at, room }
    }
  return best.at
}
