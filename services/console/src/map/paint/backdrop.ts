import type { Box, Camera } from '../camera.js'
import { hasArrows, type Scene, type View, worldBox } from '../scene.js'
import type { Found } from '../search.js'
import { paintEdges } from './edges.js'
import { paintGround } from './ground.js'
import { paintNodes } from './nodes.js'

/** Of nodes and edges: with more, a picture takes longer than a frame, and zooming shows the last one scaled. */
const HEAVY = 1_500
/** Scaled by more than this, it is painted anew all the same. */
const MOST_SCALED = 2

/** A picture on a canvas of its own, in device pixels. */
interface Picture {
  canvas: HTMLCanvasElement
  ctx: CanvasRenderingContext2D
}

function pictureOf(width: number, height: number): Picture {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const ctx = canvas.getContext('2d', { alpha: false })
  if (!ctx) throw new Error('this browser has no 2D canvas')
  return { canvas, ctx }
}

/**
 * The picture of ground, edges and nodes, kept between frames. When the map is panned it is shifted, and only what
 * comes into sight is painted; when other things change it is painted anew.
 */
export class Backdrop {
  #front: Picture | undefined
  #back: Picture | undefined
  /** What the front shows. */
  #shown: { view: View; focus: Found | undefined; ratio: number } | undefined

  /** Paints it onto the whole of `ctx`. @returns whether it is rough, and should be asked for again when the zoom is at rest */
  draw(ctx: CanvasRenderingContext2D, scene: Scene, focus: Found | undefined): boolean {
    const { width, height } = ctx.canvas
    if (width === 0 || height === 0) return false
    ctx.setTransform(1, 0, 0, 1, 0, 0)
    const scaled = this.#scaled(scene, focus, width, height)
    if (scaled !== undefined) {
      ctx.fillStyle = scene.theme.background
      ctx.fillRect(0, 0, width, height)
      this.#draw(ctx, scaled)
      return true
    }
    if (!this.#shift(scene, focus, width, height)) this.#paint(scene, focus, width, height)
    if (this.#front) ctx.drawImage(this.#front.canvas, 0, 0)
    return false
  }

  #draw(ctx: CanvasRenderingContext2D, { x, y, k }: Camera): void {
    if (this.#front)
      ctx.drawImage(this.#front.canvas, x, y, this.#front.canvas.width * k, this.#front.canvas.height * k)
  }

  #shows(scene: Scene, focus: Found | undefined, width: number, height: number): View | undefined {
    const { canvas } = this.#front ?? {}
    const shown = this.#shown
    if (!shown || canvas?.width !== width || canvas.height !== height) return undefined
    if (shown.view.geometry !== scene.geometry || shown.view.theme !== scene.theme) return undefined
    return shown.focus === focus && shown.ratio === scene.ratio ? shown.view : undefined
  }

  /** Where the last picture lies in this frame, if that is good enough while the zoom is under way. */
  #scaled(scene: Scene, focus: Found | undefined, width: number, height: number): Camera | undefined {
    const was = scene.zooming ? this.#shows(scene, focus, width, height)?.camera : undefined
    if (!was || was.k === scene.camera.k) return undefined
    const { graph } = scene.geometry
    const k = scene.camera.k / was.k
    if (graph.nodes.length + graph.edges.length < HEAVY || k > MOST_SCALED || k < 1 / MOST_SCALED) return undefined
    return { k, x: (scene.camera.x - was.x * k) * scene.ratio, y: (scene.camera.y - was.y * k) * scene.ratio }
  }

  /** Shifts by whole device pixels, so that nothing is blurred. @returns false if there is nothing to shift */
  #shift(scene: Scene, focus: Found | undefined, width: number, height: number): boolean {
    const { camera, ratio } = scene
    const was = this.#shows(scene, focus, width, height)
    if (!this.#front || !was || was.camera.k !== camera.k) return false
    const [dx, dy] = [Math.round((camera.x - was.camera.x) * ratio), Math.round((camera.y - was.camera.y) * ratio)]
    if (Math.abs(dx) >= width || Math.abs(dy) >= height) return false
    if (dx === 0 && dy === 0) return true
    const back = this.#canvas(this.#back, width, height)
    back.ctx.setTransform(1, 0, 0, 1, 0, 0)
    back.ctx.drawImage(this.#front.canvas, dx, dy)
    const view = { ...was, camera: { k: camera.k, x: was.camera.x + dx / ratio, y: was.camera.y + dy / ratio } }
    const paint = (left: number, top: number, right: number, bottom: number): void =>
      paintPart(back.ctx, view, focus, ratio, { left, top, right, bottom })
    if (dx !== 0) paint(dx > 0 ? 0 : width + dx, 0, dx > 0 ? dx : width, height)
    if (dy !== 0) paint(Math.max(0, dx), dy > 0 ? 0 : height + dy, Math.min(width, width + dx), dy > 0 ? dy : height)
    this.#back = this.#front
    this.#front = back
    this.#shown = { view, focus, ratio }
    return true
  }

  #paint({ geometry, camera, theme, ratio }: Scene, focus: Found | undefined, width: number, height: number): void {
    this.#front = this.#canvas(this.#front, width, height)
    const view = { geometry, camera, theme }
    paintPart(this.#front.ctx, view, focus, ratio, { left: 0, top: 0, right: width, bottom: height })
    this.#shown = { view, focus, ratio }
  }

  #canvas(picture: Picture | undefined, width: number, height: number): Picture {
    return picture?.canvas.width === width && picture.canvas.height === height ? picture : pictureOf(width, height)
  }
}

/** Paints a part, given in device pixels, and nothing outside of it. */
function paintPart(
  ctx: CanvasRenderingContext2D,
  view: View,
  focus: Found | undefined,
  ratio: number,
  part: Box,
): void {
  const { geometry, camera } = view
  ctx.save()
  ctx.setTransform(1, 0, 0, 1, 0, 0)
  ctx.beginPath()
  ctx.rect(part.left, part.top, part.right - part.left, part.bottom - part.top)
  ctx.clip()
  const box = {
    left: part.left / ratio,
    right: part.right / ratio,
    top: part.top / ratio,
    bottom: part.bottom / ratio,
  }
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
  paintGround(ctx, view, box)
  toWorldUnits(ctx, camera, ratio)
  const world = worldBox(camera, box)
  paintEdges(ctx, view, geometry.linesIn(world, hasArrows(camera)), focus)
  paintNodes(ctx, view, geometry.nodesIn(world), focus)
  ctx.restore()
}

export const toWorldUnits = (ctx: CanvasRenderingContext2D, { x, y, k }: Camera, ratio: number): void =>
  ctx.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y)
