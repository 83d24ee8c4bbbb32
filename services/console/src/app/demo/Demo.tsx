import type { DemoAnswer, Problem } from '@headwater/contracts'
import { useState } from 'react'
import { DemoBar } from '../../views/demo/DemoBar.js'
import { type Api, ApiError, noAnswer } from '../api/client.js'
import { usePolled } from '../poll/usePolled.js'

const EVERY_MS = 5_000

/** The demo bar, where there is a demo: that is asked at the start, and not again where there is none. */
export function Demo({ api }: { api: Api }) {
  const [none, setNone] = useState(false)
  const [switched, setSwitched] = useState<{ demo: DemoAnswer; at: number }>()
  const [switching, setSwitching] = useState<string>()
  const [refused, setRefused] = useState<Problem>()
  const load = async (signal: AbortSignal): Promise<DemoAnswer | null> => {
    const demo = await api.demo(signal)
    if (demo === null && !signal.aborted) setNone(true)
    return demo
  }
  const answer = usePolled(none ? undefined : 'demo', load, EVERY_MS)
  // Of the poll and the answer to a switch, whatever came last.
  const demo = switched && switched.at > answer.updatedAt ? switched.demo : answer.data
  if (none || !demo) return null
  const onSwitch = async (id: string, on: boolean): Promise<void> => {
    setSwitching(id)
    try {
      setSwitched({ demo: await api.switchFault(id, on), at: Date.now() })
      setRefused(undefined)
    } catch (error) {
      setRefused(error instanceof ApiError ? error.problem : noAnswer(error))
    } finally {
      setSwitching(undefined)
    }
  }
  return (
    <DemoBar
      demo={demo}
      now={Date.now()}
      switching={switching}
      problem={refused ?? answer.problem}
      onSwitch={onSwitch}
    />
  )
}
