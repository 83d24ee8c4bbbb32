import type { Problem } from '@headwater/contracts/api'
import { useCallback, useEffect, useRef, useState } from 'react'
import { problemOf } from './ask.js'

export interface Asked<T> {
  /** Of the last success: an update that failed leaves it. */
  data: T | undefined
  problem: Problem | undefined
  /** Unix ms of the last success. */
  updatedAt: number
  retry(): void
}

interface Held<T> {
  data: T | undefined
  problem: Problem | undefined
  updatedAt: number
}

/** Asks at once for each new `key`, then `everyMs` after an answer while the tab is seen. undefined as key: nothing is asked. */
export function useAsked<T>(key: string | undefined, load: () => Promise<T>, everyMs: number): Asked<T> {
  const [held, setHeld] = useState<Held<T>>({ data: undefined, problem: undefined, updatedAt: 0 })
  const [tries, setTries] = useState(0)
  const latest = useRef(load)
  latest.current = load
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` asks again on retry()
  useEffect(() => {
    if (key === undefined) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let gone = false
    const run = async (): Promise<void> => {
      try {
        const data = await latest.current()
        if (!gone) setHeld({ data, problem: undefined, updatedAt: Date.now() })
      } catch (error) {
        if (!gone) setHeld((h) => ({ ...h, problem: problemOf((error as Error).message) }))
      }
      if (!gone && everyMs > 0) timer = setTimeout(again, everyMs)
    }
    const again = (): void => {
      if (document.hidden) timer = setTimeout(again, everyMs)
      else void run()
    }
    void run()
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [key, everyMs, tries])
  return { ...held, retry: useCallback(() => setTries((n) => n + 1), []) }
}
