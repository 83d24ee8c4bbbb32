import type { Page } from 'playwright-core'

export interface Place {
  x: number
  y: number
}

/**
 * Drags along a closed figure of eight from a spot, about 14 px a frame, 500 px wide, and back. Chromium answers a move when the page has
 * handled it, which it does once a frame: a move is a frame.
 */
export async function pan(page: Page, from: Place, frames: number): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  for (let i = 1; i <= frames; i++) {
    const angle = (i * 2 * Math.PI) / 120
    await page.mouse.move(Math.round(from.x + 250 * Math.sin(angle)), Math.round(from.y + 130 * Math.sin(2 * angle)))
  }
  await page.mouse.up()
}

/** Turns the wheel in and out at a spot, twenty steps each way. */
export async function zoom(page: Page, at: Place, frames: number): Promise<void> {
  await page.mouse.move(at.x, at.y)
  for (let i = 0; i < frames; i++) await page.mouse.wheel(0, i % 40 < 20 ? -50 : 50)
}

/** Moves the pointer over the picture, about 9 px a frame. */
export async function hover(page: Page, at: Place, frames: number): Promise<void> {
  for (let i = 0; i < frames; i++) {
    const angle = (i * 2 * Math.PI) / 200
    await page.mouse.move(Math.round(at.x + 260 * Math.cos(angle)), Math.round(at.y + 170 * Math.sin(3 * angle)))
  }
}
