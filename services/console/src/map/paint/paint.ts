import { focusOf, type Scene } from '../scene.js'
import { paintEdges, paintPulses } from './edges.js'
import { paintLabels } from './labels.js'
import { paintNodes } from './nodes.js'

const GRID = 28

/** A quiet grid of dots that moves with the map, so that panning an empty corner is seen. */
function paintGround(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { size, camera, theme } = scene
  ctx.fillStyle = theme.background
  ctx.fillRect(0, 0, size.width, size.height)
  let step = GRID * camera.k
  while (step < 18) step *= 2
  while (step > 44) step /= 2
  ctx.fillStyle = theme.dot
  for (let x = ((camera.x % step) + step) % step; x < size.width; x += step)
    for (let y = ((camera.y % step) + step) % step; y < size.height; y += step) ctx.fillRect(x, y, 1.25, 1.25)
}

/** Paints one frame. @returns whether something moves and another frame is wanted, and how many labels are shown */
export function paint(ctx: CanvasRenderingContext2D, scene: Scene): { moving: boolean; labels: number } {
  const { ratio, camera } = scene
  const focus = focusOf(scene)
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
  paintGround(ctx, scene)
  ctx.setTransform(ratio * camera.k, 0, 0, ratio * camera.k, ratio * camera.x, ratio * camera.y)
  paintEdges(ctx, scene, focus)
  const moving = paintPulses(ctx, scene, focus)
  paintNodes(ctx, scene, focus)
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
  return { moving, labels: paintLabels(ctx, scene, focus) }
}
