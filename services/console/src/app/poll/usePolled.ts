import type { Problem } from '@headwater/contracts'
import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError, noAnswer } from '../api/client.js'

export interface Polled<T> {
  /** Of the last success; with `keep` it may still be the one of an earlier key. */
  data: T | undefined
  /** Of the last try, where it failed. */
  problem: Problem | undefined
  /** Unix ms of the last success. */
  updatedAt: number
  /** The first answer for the key is still to come. */
  loading: boolean
  retry(): void
}

interface Held<T> {
  key: string | undefined
  data: T | undefined
  problem: Problem | undefined
  updatedAt: number
}

const FAILED_PAUSE_MS = 2_000

/**
 * Asks at once for each new `key`, then every `everyMs` after an answer, and not while the tab is hidden.
 * undefined as key: nothing is asked. `keep`: data of the key before stays until there is new.
 */
export function usePolled<T>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs: number | undefined,
  keep = false,
): Polled<T> {
  const [held, setHeld] = useState<Held<T>>({ key: undefined, data: undefined, problem: undefined, updatedAt: 0 })
  const [tries, setTries] = useState(0)
  const latest = useRef(load)
  latest.current = load

  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` starts the loop again on retry()
  useEffect(() => {
    if (key === undefined) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let running = false
    const again = (failed: boolean): void => {
      if (everyMs !== undefined && !document.hidden)
        timer = setTimeout(run, failed ? Math.max(everyMs, FAILED_PAUSE_MS) : everyMs)
    }
    const run = async (): Promise<void> => {
      running = true
      try {
        const data = await latest.current(abort.signal)
        if (!abort.signal.aborted) setHeld({ key, data, problem: undefined, updatedAt: Date.now() })
        running = false
        again(false)
      } catch (error) {
        running = false
        if (abort.signal.aborted) return
        const problem = error instanceof ApiError ? error.problem : noAnswer(error)
        setHeld((h) => ({ ...h, ...(h.key !== key && !keep && { data: undefined }), key, problem }))
        again(true)
      }
    }
    const seen = (): void => {
      clearTimeout(timer)
      if (!document.hidden && !running && everyMs !== undefined) void run()
    }
    document.addEventListener('visibilitychange', seen)
    void run()
    return () => {
      abort.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [key, everyMs, tries, keep])

  const own = held.key === key
  return {
    data: own || keep ? held.data : undefined,
    problem: own ? held.problem : undefined,
    updatedAt: held.updatedAt,
    loading: key !== undefined && !own,
    retry: useCallback(() => setTries((n) => n + 1), []),
  }
}
