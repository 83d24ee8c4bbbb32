/** How far ahead of this machine's clock what an agent sends may be, in ms. */
export const FUTURE_MS = 10 * 60_000
/** How far behind this machine's clock a heartbeat may be and still be filed by its own time, in ms. */
export const PAST_MS = 24 * 3_600_000

/** What is wrong with a time (Unix ms) that lies too far ahead; undefined where it does not. */
export function aheadOfClock(what: string, time: number, now = Date.now()): string | undefined {
  if (time <= now + FUTURE_MS) return undefined
  const minutes = Math.round((time - now) / 60_000)
  return `${what} is ${minutes} minutes ahead of the clock of this machine (at most ${FUTURE_MS / 60_000} are taken); set the clock of one of them`
}
