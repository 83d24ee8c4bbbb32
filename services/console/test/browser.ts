/// <reference lib="dom" />
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => existsSync(p))
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why the browser tests cannot run here; undefined where they can. */
export function missing(index: string): string | undefined {
  if (!CHROMIUM) return 'there is no Chromium (apt-get install chromium)'
  return existsSync(index) ? undefined : 'the console is not built (npm run build -w @headwater/console)'
}

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM ?? '', args: FLAGS })

export interface Visit {
  page: Page
  /** Errors of the page's console, and exceptions. Failed requests that a test asks for are not among them. */
  errors: string[]
  /** Requests to anywhere else. */
  foreign: string[]
}

/** Opens the console in a context of its own. */
export async function visit(
  browser: Browser,
  server: { url: string },
  path: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  const found: Visit = { page, errors: [], foreign: [] }
  page.on('pageerror', (e) => found.errors.push(String(e)))
  page.on('console', (m) => {
    if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) found.errors.push(m.text())
  })
  page.on('request', (r) => {
    if (!r.url().startsWith(server.url)) found.foreign.push(r.url())
  })
  await page.goto(server.url + path)
  return found
}

const MAP = 'canvas[data-testid=map]'

/** Waits until the map is drawn and has come to rest. @returns how many nodes and edges it holds */
export async function settled(page: Page): Promise<{ nodes: number; edges: number }> {
  const canvas = page.locator(`${MAP}[data-settled=true]:not([data-nodes="0"])`)
  await canvas.waitFor({ timeout: 20_000 })
  const of = async (name: string): Promise<number> => Number(await canvas.getAttribute(name))
  return { nodes: await of('data-nodes'), edges: await of('data-edges') }
}

/** Where the map draws a node, or the middle of an edge. */
export async function positionOf(page: Page, id: string): Promise<{ x: number; y: number }> {
  const at = await page.evaluate((wanted) => {
    const scope = window as unknown as {
      __headwater: { map: { positionOf(id: string): { x: number; y: number } | undefined } }
    }
    return scope.__headwater.map.positionOf(wanted)
  }, id)
  if (!at) throw new Error(`the map does not draw ${id}`)
  return at
}

/** The colour of one pixel of the map, in CSS pixels of the viewport. */
export const pixelAt = (page: Page, x: number, y: number): Promise<number[]> =>
  page.evaluate(
    ([px, py]) => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-testid=map]')
      const box = canvas?.getBoundingClientRect()
      if (!canvas || !box) throw new Error('no map')
      const ratio = canvas.width / box.width
      return [...(canvas.getContext('2d')?.getImageData((px - box.x) * ratio, (py - box.y) * ratio, 1, 1).data ?? [])]
    },
    [x, y] as const,
  )
