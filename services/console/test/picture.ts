/// <reference lib="dom" />
import type { Page } from 'playwright-core'

/** All of the map as it is painted now, as a data URL. */
export const pictureOf = (page: Page): Promise<string> =>
  page.locator('canvas[data-testid=map]').evaluate(
    (canvas: HTMLCanvasElement) =>
      new Promise<string>((resolve) => {
        // After what is asked for in this frame.
        requestAnimationFrame(() => setTimeout(() => resolve(canvas.toDataURL())))
      }),
  )

/** The same view painted from nothing: the canvas is made wider and narrower again. */
export async function paintedAnew(page: Page): Promise<string> {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
  for (const more of [40, 0]) {
    await page.setViewportSize({ width: width + more, height })
    await page.waitForFunction((w) => innerWidth === w, width + more)
    await pictureOf(page)
  }
  return await pictureOf(page)
}

/** How far the most different pixel is off, in levels of 255. Shapes painted in another order are off by a few. */
export const differenceOf = (page: Page, ...pictures: [string, string]): Promise<number> =>
  page.evaluate(async (urls) => {
    const [a, b] = await Promise.all(
      urls.map(async (url) => {
        const image = new Image()
        image.src = url
        await image.decode()
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d')
        context?.drawImage(image, 0, 0)
        return context?.getImageData(0, 0, image.width, image.height).data ?? []
      }),
    )
    if (!a || !b || a.length !== b.length) return 255
    let most = 0
    for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)))
    return most
  }, pictures)
