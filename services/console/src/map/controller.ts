import { between, type Camera, fitted, panned, type Size, toScreen, toWorld, zoomed } from './camera.js'
import { curveOf, pointAt } from './curve.js'
import { diff } from './diff.js'
import { Geometry } from './geometry.js'
import { Gestures, type GestureTarget } from './gestures.js'
import { emptyGraph, type Graph } from './graph.js'
import { HitIndex, type Selection } from './hit.js'
import type { Layout } from './layout/layout.js'
import { Backdrop } from './paint/backdrop.js'
import { paint } from './paint/paint.js'
import { Placement } from './placement.js'
import type { Point, PositionStorage } from './positions.js'
import type { Pulse } from './scene.js'
import type { Found } from './search.js'
import { type MapTheme, themeOf } from './theme.js'

export interface MapOptions {
  layout: Layout
  storage?: PositionStorage
  reducedMotion: boolean
  onSelect(selection: Selection | undefined): void
  /** What the pointer is over, and where (CSS pixels from the canvas' corner). */
  onHover(selection: Selection | undefined, at: Point | undefined): void
}

const GLIDE_MS = 280
const MOST_PULSES = 120
const STEP = 60
/** So long after its last step a zoom is at rest. */
const ZOOM_REST_MS = 140

/** The map on one canvas: camera, pointer and keys, placement, and a frame only when something has changed. */
export class MapController implements GestureTarget {
  graph: Graph = emptyGraph()
  readonly #context: CanvasRenderingContext2D
  readonly #placement: Placement
  readonly #gestures: Gestures
  readonly #observer: ResizeObserver
  #camera: Camera = { x: 0, y: 0, k: 1 }
  #glide: { from: Camera; to: Camera; start: number } | undefined
  #size: Size = { width: 0, height: 0 }
  #theme: MapTheme
  #geometry: Geometry | undefined
  #hits: HitIndex | undefined
  readonly #backdrop = new Backdrop()
  #zoomedAt = 0
  #finer: ReturnType<typeof setTimeout> | undefined
  #hovered: Selection | undefined
  #selected: Selection | undefined
  #found: Found | undefined
  #nameless = false
  #pulses: Pulse[] = []
  #grabbed: string | undefined
  #frame = 0
  /** The camera follows the graph until the user takes it. */
  #following = true

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly options: MapOptions,
  ) {
    const context = canvas.getContext('2d', { alpha: false })
    if (!context) throw new Error('this browser has no 2D canvas')
    this.#context = context
    this.#theme = themeOf(canvas)
    this.#placement = new Placement({
      layout: options.layout,
      ...(options.storage && { storage: options.storage }),
      reducedMotion: options.reducedMotion,
      onMoved: (settled) => this.moved(settled),
    })
    this.#gestures = new Gestures(canvas, this)
    this.#observer = new ResizeObserver(() => this.resize())
  }

  start(): void {
    this.resize()
    this.#gestures.start()
    this.#observer.observe(this.canvas)
  }

  stop(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#finer)
    this.#frame = -1
    this.#observer.disconnect()
    this.#gestures.stop()
    this.#placement.dispose()
  }

  setGraph(graph: Graph, grouping: string): void {
    const regrouped = grouping !== this.#placement.positions.grouping
    const { active } = diff(regrouped ? emptyGraph() : this.graph, graph)
    const first = regrouped || this.graph.nodes.length === 0
    this.graph = graph
    this.displaced()
    if (first) this.#following = true
    if (!this.options.reducedMotion) this.pulse(active)
    const fresh = this.#placement.set(graph, grouping, this.aspect())
    if (first && fresh === 0) this.fit(false)
    this.canvas.dataset.nodes = String(graph.nodes.length)
    this.canvas.dataset.edges = String(graph.edges.length)
    this.canvas.dataset.settled = String(this.#placement.settled)
    this.invalidate()
  }

  setSelection(selected: Selection | undefined): void {
    this.#selected = selected
    this.invalidate()
  }

  setFound(found: Found | undefined): void {
    this.#found = found
    this.invalidate()
  }

  /** Whether nodes show their names. */
  setNames(shown: boolean): void {
    this.#nameless = !shown
    this.invalidate()
  }

  /** Reads the CSS variables anew. */
  restyle(): void {
    this.#theme = themeOf(this.canvas)
    this.invalidate()
  }

  fit(animated = true): void {
    const box = this.#placement.box()
    this.#following = true
    if (box && this.#size.width > 0) this.look(fitted(box, this.#size), animated)
  }

  relax(): void {
    this.#following = true
    this.#placement.relax(this.aspect())
  }

  /** Middle of a node, or of an edge's line, in CSS pixels of the page's viewport. For tests and for tooltips. */
  positionOf(id: string): Point | undefined {
    const world = this.#placement.positions.get(id) ?? this.middleOf(id)
    if (!world) return undefined
    const box = this.canvas.getBoundingClientRect()
    const p = toScreen(this.#camera, world)
    return { x: p.x + box.left, y: p.y + box.top }
  }

  zoomBy(factor: number): void {
    this.#following = false
    this.look(
      zoomed(this.#glide?.to ?? this.#camera, factor, { x: this.#size.width / 2, y: this.#size.height / 2 }),
      true,
    )
  }

  hover(at: Point | undefined): void {
    const found = at && this.hit(at, 4)
    const same = found?.id === this.#hovered?.id && found?.type === this.#hovered?.type
    this.#hovered = found
    this.canvas.style.cursor = found ? 'pointer' : 'grab'
    this.options.onHover(found, at)
    if (!same) this.invalidate()
  }

  click(at: Point, touch: boolean): void {
    this.options.onSelect(this.hit(at, touch ? 14 : 5))
  }

  grab(at: Point, touch: boolean): boolean {
    const hit = this.hit(at, touch ? 6 : 0)
    this.#grabbed = hit?.type === 'node' ? hit.id : undefined
    return this.#grabbed !== undefined
  }

  drag(at: Point): void {
    if (this.#grabbed === undefined) return
    const p = toWorld(this.#camera, at)
    this.#following = false
    this.#placement.move(this.#grabbed, p.x, p.y)
    this.options.onHover(undefined, undefined)
    this.displaced()
    this.invalidate()
  }

  drop(): void {
    this.#grabbed = undefined
    this.#placement.positions.save()
  }

  pan(dx: number, dy: number): void {
    this.#following = false
    this.look(panned(this.#camera, dx, dy), false)
  }

  zoom(factor: number, at: Point): void {
    this.#following = false
    this.look(zoomed(this.#camera, factor, at), false)
  }

  key(key: string): boolean {
    const pans: Record<string, [number, number]> = {
      ArrowLeft: [STEP, 0],
      ArrowRight: [-STEP, 0],
      ArrowUp: [0, STEP],
      ArrowDown: [0, -STEP],
    }
    const pan = pans[key]
    if (pan) this.pan(...pan)
    else if (key === '+' || key === '=') this.zoomBy(1.3)
    else if (key === '-') this.zoomBy(1 / 1.3)
    else if (key === '0') this.fit()
    else if (key === 'Escape') this.options.onSelect(undefined)
    else return false
    return true
  }

  private aspect(): number {
    return this.#size.height > 0 ? this.#size.width / this.#size.height : 1.6
  }

  private middleOf(edge: string): Point | undefined {
    const e = this.graph.edgeById.get(edge)
    const a = e && this.#placement.positions.get(e.source.id)
    const b = e && this.#placement.positions.get(e.target.id)
    return e && a && b ? pointAt(curveOf(e, a, b), 0.5) : undefined
  }

  private hit(at: Point, slack: number): Selection | undefined {
    this.#hits ??= new HitIndex(this.geometry())
    return this.#hits.at(toWorld(this.#camera, at), slack / this.#camera.k)
  }

  private geometry(): Geometry {
    this.#geometry ??= new Geometry(this.graph, this.#placement.positions)
    return this.#geometry
  }

  /** Nodes are elsewhere, or others. */
  private displaced(): void {
    this.#hits = undefined
    this.#geometry = undefined
  }

  private look(camera: Camera, animated: boolean): void {
    if (camera.k !== this.#camera.k) this.#zoomedAt = performance.now()
    if (animated && !this.options.reducedMotion)
      this.#glide = { from: this.#camera, to: camera, start: performance.now() }
    else {
      this.#glide = undefined
      this.#camera = camera
    }
    this.invalidate()
  }

  private pulse(edges: string[]): void {
    const now = performance.now()
    this.#pulses = this.#pulses.filter((p) => now - p.start < 2_000)
    edges.slice(0, MOST_PULSES).forEach((edge, i) => {
      this.#pulses.push({ edge, start: now + ((i * 137) % 600) })
    })
  }

  private moved(settled: boolean): void {
    this.displaced()
    const box = this.#placement.box()
    if (this.#following && box && this.#size.width > 0) this.look(fitted(box, this.#size), false)
    this.canvas.dataset.settled = String(settled)
    this.invalidate()
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas
    if (width === 0 || height === 0) return
    const ratio = window.devicePixelRatio || 1
    const before = this.#size
    this.#size = { width, height }
    this.canvas.width = Math.round(width * ratio)
    this.canvas.height = Math.round(height * ratio)
    if (this.#following) this.fit(false)
    else this.look(panned(this.#camera, (width - before.width) / 2, (height - before.height) / 2), false)
    this.draw()
  }

  private invalidate(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.draw())
  }

  private draw(): void {
    if (this.#frame === -1) return
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    const now = performance.now()
    const glide = this.#glide
    if (glide) {
      const t = Math.min(1, (now - glide.start) / GLIDE_MS)
      this.#camera = between(glide.from, glide.to, t)
      if (t === 1) this.#glide = undefined
    }
    const { moving, rough, labels } = paint(this.#context, this.#backdrop, {
      geometry: this.geometry(),
      camera: this.#camera,
      size: this.#size,
      ratio: this.canvas.width / Math.max(1, this.#size.width),
      theme: this.#theme,
      hovered: this.#hovered,
      selected: this.#selected,
      found: this.#found,
      pulses: this.#pulses,
      now,
      nameless: this.#nameless,
      zooming: glide !== undefined || now - this.#zoomedAt < ZOOM_REST_MS,
    })
    this.canvas.dataset.labels = String(labels)
    clearTimeout(this.#finer)
    if (moving || this.#glide) this.invalidate()
    else if (rough) this.#finer = setTimeout(() => this.invalidate(), ZOOM_REST_MS)
  }
}
