export interface Point {
  x: number
  y: number
}

/** Where positions outlive a reload: sessionStorage, or nothing. */
export type PositionStorage = Pick<Storage, 'getItem' | 'setItem'>

const PREFIX = 'headwater.positions.'
const MOST = 12_000

/** Positions by node id, one set per grouping. What left the map keeps its place, for when it comes back. */
export class Positions {
  #points = new Map<string, Point>()

  constructor(
    readonly grouping: string,
    private readonly storage?: PositionStorage,
  ) {}

  load(): void {
    try {
      const saved: unknown = JSON.parse(this.storage?.getItem(PREFIX + this.grouping) ?? '{}')
      for (const [id, at] of Object.entries(saved as Record<string, unknown>))
        if (Array.isArray(at) && Number.isFinite(at[0]) && Number.isFinite(at[1])) this.set(id, at[0], at[1])
    } catch {
      // Unreadable or forbidden storage: the layout starts anew.
    }
  }

  save(): void {
    const kept = [...this.#points].slice(-MOST).map(([id, p]) => [id, [Math.round(p.x), Math.round(p.y)]])
    try {
      this.storage?.setItem(PREFIX + this.grouping, JSON.stringify(Object.fromEntries(kept)))
    } catch {
      // Storage full or forbidden: positions last as long as the page.
    }
  }

  get(id: string): Point | undefined {
    return this.#points.get(id)
  }

  set(id: string, x: number, y: number): void {
    const p = this.#points.get(id)
    if (p) {
      p.x = x
      p.y = y
    } else this.#points.set(id, { x, y })
  }
}
