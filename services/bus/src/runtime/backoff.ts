/** Delay before attempt `attempt` (from 0) in ms: doubled each time up to `max`, then between half and all of it by chance. */
export function backoffMs(attempt: number, first: number, max: number): number {
  const full = Math.min(max, first * 2 ** Math.min(attempt, 30))
  return Math.round(full * (0.5 + Math.random() / 2))
}

/** Waits, or returns early when the signal fires. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end, { once: true })
  })
}

/** What the work gives; or undefined at once where the signal fires before, and then nobody waits for the work any more. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  work.catch(() => undefined)
  if (signal.aborted) return undefined
  const aborted = Promise.withResolvers<undefined>()
  const end = () => aborted.resolve(undefined)
  // Removed again: the signal may live as long as the process, and there is one of these for each publish.
  signal.addEventListener('abort', end)
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** What the work gives; or undefined where that takes longer than `ms`, which count from when `from` resolves. */
export async function within<T>(ms: number, work: Promise<T>, from?: Promise<void>): Promise<T | undefined> {
  const over = new AbortController()
  const late = Promise.resolve(from).then(() => sleep(ms, over.signal))
  try {
    return await Promise.race([work, late.then(() => undefined)])
  } finally {
    over.abort()
  }
}
