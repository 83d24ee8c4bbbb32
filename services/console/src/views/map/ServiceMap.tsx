import { useEffect, useRef, useState } from 'react'
import type { Size } from '../../map/camera.js'
import { MapController } from '../../map/controller.js'
import type { Graph } from '../../map/graph.js'
import type { Selection } from '../../map/hit.js'
import type { Layout } from '../../map/layout/layout.js'
import type { Point, PositionStorage } from '../../map/positions.js'
import type { Found } from '../../map/search.js'
import { MapLegend } from './MapLegend.js'
import { MapTooltip } from './MapTooltip.js'

export interface ServiceMapProps {
  graph: Graph
  /** Positions are kept per grouping; another one is fitted into view anew. */
  grouping: string
  rangeMs: number
  selection: Selection | undefined
  found: Found | undefined
  onSelect(selection: Selection | undefined): void
  /** Called once per mount. */
  createLayout(): Layout
  storage?: PositionStorage
  /** Any text that changes when the CSS variables do. */
  themeKey: string
  reducedMotion?: boolean
  /** Two ranges are compared: the legend explains the marks of what changed. */
  compared?: boolean
  /** Names of the nodes; true where it is left out. */
  names?: boolean
  /** For tests and embedding: the controller of the canvas, undefined when it goes. */
  onController?(controller: MapController | undefined): void
}

interface Hover {
  of: Selection
  at: Point
  size: Size
}

/** The map: nodes and directed edges on a canvas. Everything it shows is also in the edge table, for the keyboard and screen readers. */
export function ServiceMap(props: ServiceMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const controller = useRef<MapController>(undefined)
  const latest = useRef(props)
  latest.current = props
  const [hover, setHover] = useState<Hover>()

  useEffect(() => {
    const element = canvas.current
    if (!element) return
    const { createLayout, storage, reducedMotion } = latest.current
    const map = new MapController(element, {
      layout: createLayout(),
      ...(storage && { storage }),
      reducedMotion: reducedMotion ?? matchMedia('(prefers-reduced-motion: reduce)').matches,
      onSelect: (s) => latest.current.onSelect(s),
      onHover: (of, at) =>
        setHover(of && at && { of, at, size: { width: element.clientWidth, height: element.clientHeight } }),
    })
    map.start()
    controller.current = map
    latest.current.onController?.(map)
    return () => {
      latest.current.onController?.(undefined)
      controller.current = undefined
      map.stop()
    }
  }, [])

  const { graph, grouping, selection, found, themeKey, names = true } = props
  useEffect(() => controller.current?.setGraph(graph, grouping), [graph, grouping])
  useEffect(() => controller.current?.setSelection(selection), [selection])
  useEffect(() => controller.current?.setFound(found), [found])
  useEffect(() => controller.current?.setNames(names), [names])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the variables that restyle() reads
  useEffect(() => controller.current?.restyle(), [themeKey])

  return (
    <div className="hw-map">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`Map of ${graph.nodes.length} nodes and ${graph.edges.length} edges. The table lists the same edges. Arrow keys pan, plus and minus zoom, 0 fits.`}
        data-testid="map"
      />
      {hover && hover.of.id !== selection?.id && (
        <MapTooltip graph={graph} of={hover.of} at={hover.at} size={hover.size} rangeMs={props.rangeMs} />
      )}
      <MapLegend compared={props.compared ?? false} />
      <div className="hw-map-controls">
        <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => controller.current?.zoomBy(1.4)}>
          <Icon d="M8 3v10M3 8h10" />
        </button>
        <button
          type="button"
          aria-label="Zoom out"
          title="Zoom out (-)"
          onClick={() => controller.current?.zoomBy(1 / 1.4)}
        >
          <Icon d="M3 8h10" />
        </button>
        <button type="button" aria-label="Fit" title="Fit all in view (0)" onClick={() => controller.current?.fit()}>
          <Icon d="M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10" />
        </button>
        <button type="button" aria-label="Arrange" title="Arrange anew" onClick={() => controller.current?.relax()}>
          <Icon d="M13.500 8a5.500 5.500 0 1 1-1.700-4M13.500 2v3h-3" />
        </button>
      </div>
    </div>
  )
}

function Icon({ d }: { d: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.500"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d={d} />
    </svg>
  )
}
