import type { Box } from '../camera.js'
import type { View } from '../scene.js'

const GRID = 28

/** A quiet grid of dots that moves with the map, so that panning an empty corner is seen. `box` in CSS pixels of the screen. */
export function paintGround(ctx: CanvasRenderingContext2D, { camera, theme }: View, box: Box): void {
  ctx.fillStyle = theme.background
  ctx.fillRect(box.left, box.top, box.right - box.left, box.bottom - box.top)
  let step = GRID * camera.k
  while (step < 18) step *= 2
  while (step > 44) step /= 2
  ctx.fillStyle = theme.dot
  // From a dot before the box on: what is cut off at its border is painted too.
  const first = (offset: number, from: number): number => offset + Math.floor((from - offset) / step) * step
  for (let x = first(camera.x, box.left); x < box.right; x += step)
    for (let y = first(camera.y, box.top); y < box.bottom; y += step) ctx.fillRect(x, y, 1.25, 1.25)
}
