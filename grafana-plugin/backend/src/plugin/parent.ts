const EVERY_MS = 1000

/** Calls `gone` once the process that started this one has ended: its children are then given to another. */
export function watchParent(gone: () => void, parent: () => number = () => process.ppid): void {
  const first = parent()
  const timer = setInterval(() => {
    if (parent() === first) return
    clearInterval(timer)
    gone()
  }, EVERY_MS)
  timer.unref()
}
