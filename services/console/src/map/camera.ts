import type { Point } from './positions.js'

export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

export interface Size {
  width: number
  height: number
}

/** Screen = world * k + (x, y), in CSS pixels. */
export interface Camera {
  x: number
  y: number
  k: number
}

export const MIN_ZOOM = 0.04
export const MAX_ZOOM = 4

export const toScreen = (c: Camera, p: Point): Point => ({ x: p.x * c.k + c.x, y: p.y * c.k + c.y })
export const toWorld = (c: Camera, p: Point): Point => ({ x: (p.x - c.x) / c.k, y: (p.y - c.y) / c.k })
export const panned = (c: Camera, dx: number, dy: number): Camera => ({ ...c, x: c.x + dx, y: c.y + dy })

/** Zoomed by `factor` with the screen point `at` held fast. */
export function zoomed(c: Camera, factor: number, at: Point): Camera {
  const k = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, c.k * factor))
  const w = toWorld(c, at)
  return { k, x: at.x - w.x * k, y: at.y - w.y * k }
}

/** The whole box in sight, never larger than `maxZoom`. */
export function fitted(box: Box, size: Size, padding = 56, maxZoom = 1.25): Camera {
  const w = Math.max(1, box.right - box.left)
  const h = Math.max(1, box.bottom - box.top)
  const pad = Math.min(padding, size.width / 6, size.height / 6)
  const k = Math.max(MIN_ZOOM, Math.min(maxZoom, (size.width - 2 * pad) / w, (size.height - 2 * pad) / h))
  return {
    k,
    x: size.width / 2 - ((box.left + box.right) / 2) * k,
    y: size.height / 2 - ((box.top + box.bottom) / 2) * k,
  }
}

export function between(a: Camera, b: Camera, t: number): Camera {
  const ease = 1 - (1 - t) ** 3
  const mix = (p: number, q: number): number => p + (q - p) * ease
  return { x: mix(a.x, b.x), y: mix(a.y, b.y), k: a.k * (b.k / a.k) ** ease }
}
