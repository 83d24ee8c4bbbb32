// What the map costs the browser's main thread, in Debian's Chromium without a GPU, per frame while it is panned, zoomed and pointed at.
// npm run bench -- map [--nodes 1000,5000,10000] [--svg-nodes 200,500,1000] [--runs 3] [--frames 120] [--pictures FOLDER]
//
// A figure is CPU time of the thread (Chromium's tracing, `tdur`), not time that went by: input, script, style, layout, paint, commit and
// collection of garbage (trace.ts). A canvas without a GPU is drawn within the commit, on the main thread, and so is in the figure; SVG
// is drawn by raster threads, which are not: their CPU a frame is in `threads` (raster, gpu) besides, as the kernel counts it.
// `threads.main` is the kernel's own figure of the main thread, with what tracing takes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { build, preview } from 'vite'
import { launch } from '../test/browser.ts'
import { perFrame, spread } from './map/figures.ts'
import { hover, type Place, pan, zoom } from './map/gestures.ts'
import type { Bench } from './map/page/main.tsx'
import { type Trace, traced } from './map/trace.ts'

const { values: flags } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000,5000,10000' },
    'svg-nodes': { type: 'string', default: '200,500,1000' },
    runs: { type: 'string', default: '3' },
    frames: { type: 'string', default: '120' },
    pictures: { type: 'string' },
  },
})
const numbers = (text: string): number[] => text.split(',').filter(Boolean).map(Number)
const runs = Number(flags.runs)
const frames = Number(flags.frames)
const MIDDLE: Place = { x: 640, y: 400 }
const VIEW = { width: 1280, height: 800 }
declare const window: { bench: Bench }

const outDir = mkdtempSync(join(tmpdir(), 'headwater-bench-map-'))
const root = join(import.meta.dirname, 'map', 'page')
const options = { configFile: false as const, root, logLevel: 'error' as const }
await build({ ...options, build: { outDir, emptyOutDir: true, target: 'es2023' }, worker: { format: 'es' } })
const server = await preview({ ...options, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
const url = server.resolvedUrls?.local[0] ?? ''
const browser = await launch()

async function open(show: 'console' | 'svg', nodes: number): Promise<Page> {
  const page = await browser.newPage({ viewport: VIEW })
  page.on('pageerror', (e) => process.stderr.write(`${e}\n`))
  await page.goto(`${url}?show=${show}&nodes=${nodes}`)
  await page.waitForFunction(() => 'bench' in window)
  return page
}

const idle = (page: Page): Promise<void> => page.waitForTimeout(400)
const picture = async (page: Page, name: string): Promise<unknown> =>
  flags.pictures && page.screenshot({ path: join(flags.pictures, `${name}.png`) })

interface Run {
  gestures: Record<string, Trace>
  once: Record<string, number>
  size: { nodes: number; edges: number }
}

/** The figures of what happens once: the layout from nothing, and a refresh. */
async function shown(page: Page): Promise<Record<string, number>> {
  let times = { first: 0, rest: 0 }
  const layout = await traced(browser, page, async () => {
    times = await page.evaluate(() => {
      window.bench.show()
      return window.bench.shown
    })
  })
  return {
    first_picture_ms: times.first,
    layout_ms: times.rest,
    layout_worker_cpu_ms: layout.threads.worker,
    layout_main_cpu_ms: layout.main,
    layout_main_longest_task_cpu_ms: layout.longest,
  }
}

async function consoleRun(nodes: number, run: number): Promise<Run> {
  const page = await open('console', nodes)
  const once = await shown(page)
  await idle(page)
  if (run === 0) await picture(page, `map-${nodes}-fit`)
  const empty = (): Promise<Place> => page.evaluate(() => window.bench.empty?.() ?? { x: 640, y: 400 })
  const gestures: Record<string, Trace> = {}
  const gesture = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    gestures[name] = await traced(browser, page, work)
    await idle(page)
  }
  const spot = await empty()
  await gesture('pan', () => pan(page, spot, frames))
  await gesture('zoom', () => zoom(page, MIDDLE, frames))
  await gesture('hover', () => hover(page, MIDDLE, frames))
  await page.mouse.move(MIDDLE.x, MIDDLE.y)
  // Nearer, where names and arrows are drawn.
  for (let i = 0; i < 12; i++) await page.mouse.wheel(0, -100)
  await idle(page)
  if (run === 0) await picture(page, `map-${nodes}-near`)
  const near = await empty()
  await gesture('pan_near', () => pan(page, near, frames))
  const refresh = await traced(browser, page, async () => {
    await page.evaluate(() => window.bench.refresh?.())
    await page.waitForTimeout(2_000)
  })
  once.refresh_main_cpu_ms = refresh.main
  once.refresh_longest_task_cpu_ms = refresh.longest
  return await finished(page, gestures, once)
}

async function svgRun(nodes: number, run: number): Promise<Run> {
  const page = await open('svg', nodes)
  const once = await shown(page)
  await idle(page)
  const gestures: Record<string, Trace> = { pan_near: await traced(browser, page, () => pan(page, MIDDLE, frames)) }
  await page.evaluate(() => window.bench.fit?.())
  await idle(page)
  if (run === 0) await picture(page, `svg-${nodes}`)
  gestures.pan = await traced(browser, page, () => pan(page, MIDDLE, frames))
  gestures.zoom = await traced(browser, page, () => zoom(page, MIDDLE, frames))
  gestures.hover = await traced(browser, page, () => hover(page, MIDDLE, frames))
  return await finished(page, gestures, { first_picture_ms: once.first_picture_ms ?? 0 })
}

async function finished(page: Page, gestures: Run['gestures'], once: Run['once']): Promise<Run> {
  const size = await page.evaluate(() => ({ nodes: window.bench.nodes, edges: window.bench.edges }))
  await page.close()
  return { gestures, once, size }
}

async function measured(name: string, run: (i: number) => Promise<Run>): Promise<Record<string, unknown>> {
  const all: Run[] = []
  for (let i = 0; i < runs; i++) all.push(await run(i))
  const [first] = all
  if (!first) throw new Error('--runs is at least 1')
  const gestures = Object.keys(first.gestures).map((g) => [g, perFrame(all.flatMap((r) => r.gestures[g] ?? []))])
  const once = Object.keys(first.once).map((o) => [o, spread(all.map((r) => r.once[o] ?? 0))])
  const found = { ...first.size, cpu_ms_per_frame: Object.fromEntries(gestures), once: Object.fromEntries(once) }
  process.stdout.write(`${name}: ${JSON.stringify(found)}\n`)
  return found
}

async function all(browser: Browser): Promise<void> {
  const map: Record<string, unknown> = {}
  const svg: Record<string, unknown> = {}
  for (const n of numbers(flags.nodes)) map[n] = await measured(`map ${n}`, (i) => consoleRun(n, i))
  for (const n of numbers(flags['svg-nodes'])) svg[n] = await measured(`SVG stand-in ${n}`, (i) => svgRun(n, i))
  const figures = { bench: 'map', chromium: browser.version(), runs, frames_per_run: frames, map }
  process.stdout.write(`${JSON.stringify({ ...figures, svg_stand_in_of_the_same_structure: svg })}\n`)
}

try {
  await all(browser)
} finally {
  await browser.close()
  await server.close()
  rmSync(outDir, { recursive: true, force: true })
}
