import type { Point } from './positions.js'

/** What the gestures on the canvas mean. Points are CSS pixels from the canvas' corner. */
export interface GestureTarget {
  hover(at: Point | undefined): void
  click(at: Point, touch: boolean): void
  /** @returns whether a node was taken hold of: then drags move it, else they pan */
  grab(at: Point, touch: boolean): boolean
  drag(at: Point): void
  drop(): void
  pan(dx: number, dy: number): void
  zoom(factor: number, at: Point): void
  key(key: string): boolean
}

const CLICK_SLOP = 4

/** Mouse, touch (one finger pans, two pinch), wheel and keys on one element. */
export class Gestures {
  readonly #pointers = new Map<number, Point>()
  readonly #abort = new AbortController()
  #moved = 0
  #holding = false

  constructor(
    private readonly element: HTMLElement,
    private readonly target: GestureTarget,
  ) {}

  start(): void {
    const { signal } = this.#abort
    const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (e: HTMLElementEventMap[K]) => void): void =>
      this.element.addEventListener(type, listener, { signal, passive: false })
    on('pointerdown', (e) => this.down(e))
    on('pointermove', (e) => this.move(e))
    on('pointerup', (e) => this.up(e, true))
    on('pointercancel', (e) => this.up(e, false))
    on('pointerleave', () => this.#pointers.size === 0 && this.target.hover(undefined))
    on('wheel', (e) => this.wheel(e))
    on('dblclick', (e) => this.target.zoom(e.shiftKey ? 0.6 : 1.7, this.at(e)))
    on('keydown', (e) => {
      if (!e.ctrlKey && !e.metaKey && !e.altKey && this.target.key(e.key)) e.preventDefault()
    })
  }

  stop(): void {
    this.#abort.abort()
  }

  private at(e: MouseEvent): Point {
    const box = this.element.getBoundingClientRect()
    return { x: e.clientX - box.left, y: e.clientY - box.top }
  }

  private wheel(e: WheelEvent): void {
    e.preventDefault()
    const lines = e.deltaMode === 1 ? 16 : e.deltaMode === 2 ? 400 : 1
    const speed = e.ctrlKey ? 0.01 : 0.0016
    this.target.zoom(Math.exp(-e.deltaY * lines * speed), this.at(e))
  }

  private down(e: PointerEvent): void {
    if (e.button > 1) return
    const at = this.at(e)
    this.element.setPointerCapture(e.pointerId)
    this.#pointers.set(e.pointerId, at)
    if (this.#pointers.size === 1) {
      this.#moved = 0
      this.#holding = e.button === 0 && this.target.grab(at, e.pointerType === 'touch')
    } else {
      this.#moved = Number.POSITIVE_INFINITY
      if (this.#holding) this.target.drop()
      this.#holding = false
    }
  }

  private move(e: PointerEvent): void {
    const at = this.at(e)
    const before = this.#pointers.get(e.pointerId)
    if (!before) {
      this.target.hover(at)
      return
    }
    if (this.#pointers.size === 2) this.pinch(e.pointerId, before, at)
    else {
      this.#moved += Math.abs(at.x - before.x) + Math.abs(at.y - before.y)
      if (this.#moved > CLICK_SLOP) {
        if (this.#holding) this.target.drag(at)
        else this.target.pan(at.x - before.x, at.y - before.y)
      }
    }
    this.#pointers.set(e.pointerId, at)
  }

  private pinch(id: number, before: Point, at: Point): void {
    const other = [...this.#pointers].find(([p]) => p !== id)?.[1]
    if (!other) return
    const was = Math.hypot(before.x - other.x, before.y - other.y)
    const is = Math.hypot(at.x - other.x, at.y - other.y)
    this.target.pan((at.x - before.x) / 2, (at.y - before.y) / 2)
    if (was > 0) this.target.zoom(is / was, { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 })
  }

  private up(e: PointerEvent, real: boolean): void {
    if (!this.#pointers.delete(e.pointerId)) return
    if (this.#holding) this.target.drop()
    if (real && e.button === 0 && this.#moved <= CLICK_SLOP) this.target.click(this.at(e), e.pointerType === 'touch')
    this.#holding = false
  }
}
