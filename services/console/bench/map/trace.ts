import type { Browser, Page } from 'playwright-core'
import { type Cpu, cpuBetween, threadsOf } from './threads.ts'

/** An event of Chromium's tracing; times in microseconds, `tdur` on the thread's CPU clock. */
interface TraceEvent {
  name: string
  pid: number
  tid: number
  ts: number
  dur?: number
  tdur?: number
  args?: { data?: { type?: string } }
}

export interface Trace {
  /** CPU ms of the main thread per step of the gesture: one move of the pointer or turn of the wheel, and the picture that it makes. */
  frames: number[]
  /** The most CPU ms that one task took: for so long the page heard nothing. */
  longest: number
  /** CPU ms of the main thread in all tasks. */
  main: number
  /** Of these, by what it was for. */
  parts: Record<string, number>
  /** CPU ms of threads meanwhile, as the kernel counts them: a second witness. */
  threads: Cpu
}

const CATEGORIES = ['blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8']
const TASK = 'RunTask'
const STEPS = ['pointermove', 'wheel']
/** None of these is within another. */
const PARTS: Record<string, string> = {
  EventDispatch: 'input',
  FireAnimationFrame: 'script',
  UpdateLayoutTree: 'style',
  Layout: 'layout',
  PrePaint: 'paint',
  Paint: 'paint',
  Layerize: 'paint',
  Commit: 'commit',
}

/** Runs `work` under Chromium's tracing. */
export async function traced(browser: Browser, page: Page, work: () => Promise<unknown>): Promise<Trace> {
  const session = await browser.newBrowserCDPSession()
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const pids = processInfo.map((p) => p.id)
  const mark = (name: string): Promise<unknown> => page.evaluate((n) => performance.mark(n), name)
  const traceConfig = { includedCategories: CATEGORIES, excludedCategories: ['*'] }
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig })
  const before = threadsOf(pids)
  await mark('bench-begin')
  await work()
  await mark('bench-end')
  const after = threadsOf(pids)
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.end')
  await complete
  await session.detach()
  const begin = events.find((e) => e.name === 'bench-begin')
  const end = events.find((e) => e.name === 'bench-end')
  if (!begin || !end) throw new Error('Chromium traced nothing of the page')
  const gpu = processInfo.find((p) => p.type === 'GPU')?.id ?? 0
  const own = events.filter((e) => e.tid === begin.tid && e.pid === begin.pid && e.ts >= begin.ts && e.ts <= end.ts)
  return { ...read(own), threads: cpuBetween(before, after, begin.pid, gpu) }
}

/**
 * A frame is all that the thread did from one step of the gesture to the next: input, script, style, layout, paint, commit, collection of
 * garbage. The next step is sent when the page has handled the one before, so that a step is a picture; where Chromium makes two, both count.
 */
function read(own: TraceEvent[]): Omit<Trace, 'threads'> {
  const tasks = own.filter((e) => e.name === TASK).sort((a, b) => a.ts - b.ts)
  const isStep = (e: TraceEvent): boolean => e.name === 'EventDispatch' && STEPS.includes(e.args?.data?.type ?? '')
  const steps = own.filter(isStep).map((e) => e.ts)
  const frames: number[] = []
  const parts: Record<string, number> = {}
  let [main, longest, last] = [0, 0, 0]
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    // A task within a task is in the outer one's time.
    if (ts < last) continue
    last = ts + dur
    const cpu = tdur / 1000
    main += cpu
    longest = Math.max(longest, cpu)
    if (steps.some((at) => at >= ts && at < last)) frames.push(0)
    // What comes before the first step is none's.
    if (frames.length > 0) frames[frames.length - 1]! += cpu
  }
  for (const e of own) {
    const part = PARTS[e.name]
    if (part !== undefined) parts[part] = (parts[part] ?? 0) + (e.tdur ?? 0) / 1000
  }
  return { frames, main, longest, parts }
}
