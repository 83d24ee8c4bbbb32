const EVERY_MS = 500
/** Below it, what lies about is no matter. */
const ENOUGH_BYTES = 72_000_000
/** So much more than was left the last time is worth another collection. */
const STEP_BYTES = 2_000_000

/** Of Bun, which the executable is made with. */
const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } }

/** Bun lets garbage lie until it is as much as what is in use, and keeps its pages: a small process beside Grafana gives them back. */
export function watchMemory(
  rss: () => number = process.memoryUsage.rss,
  collect: () => void = () => Bun?.gc(true),
): NodeJS.Timeout {
  let left = 0
  return setInterval(() => {
    if (rss() < Math.max(ENOUGH_BYTES, left + STEP_BYTES)) return
    collect()
    left = rss()
  }, EVERY_MS).unref()
}
