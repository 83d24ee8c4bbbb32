import { type DataSourceInstanceSettings, dateTimeParse, type TimeRange } from '@grafana/data'
import { Combobox, Input, TimeRangePicker } from '@grafana/ui'
import { CompletenessBadge } from '@headwater/console'
import { type Completeness, type Grouping, groupings } from '@headwater/contracts/api'
import { useEffect, useState } from 'react'
import { readRows } from '../datasource/editor/matcherRows.js'
import type { PageState, SetState } from './state.js'

interface BarProps {
  state: PageState
  setState: SetState
  range: TimeRange
  sources: DataSourceInstanceSettings[]
  source: string
  /** The page groups. */
  grouped: boolean
  /** The page is of connections, which a filter selects. */
  filtered: boolean
  completeness: Completeness | undefined
}

const refreshes = [0, 5_000, 10_000, 30_000, 60_000].map((value) => ({
  value,
  label: value === 0 ? 'No refresh' : `Every ${value / 1000} s`,
}))
const groups = groupings.map((value) => ({ value, label: `By ${value}` }))
const written = (time: TimeRange['raw']['from']): string => (typeof time === 'string' ? time : String(time.valueOf()))

function Filter({ filter, onChange }: { filter: string; onChange(filter: string): void }) {
  const [text, setText] = useState(filter)
  useEffect(() => setText(filter), [filter])
  const { error } = readRows(text)
  const take = (): void => {
    if (error === undefined && text.trim() !== filter) onChange(text.trim())
  }
  return (
    <Input
      value={text}
      invalid={error !== undefined}
      title={error}
      placeholder='Filter: {server_service="cart"}'
      aria-label="Filter"
      spellCheck={false}
      onChange={(e) => setText(e.currentTarget.value)}
      onBlur={take}
      onKeyDown={(e) => e.key === 'Enter' && take()}
    />
  )
}

/** Over every page: which Headwater, which connections, when, how complete. */
export function Bar({ state, setState, range, sources, source, grouped, filtered, completeness }: BarProps) {
  const move = (by: number): void => {
    const [from, to] = [range.from.valueOf(), range.to.valueOf()]
    setState({ from: String(from + by * (to - from)), to: String(to + by * (to - from)) })
  }
  return (
    <div className="hw-grafana-bar">
      {sources.length > 1 && (
        <Combobox
          width={24}
          options={sources.map((s) => ({ value: s.uid, label: s.name }))}
          value={source}
          onChange={(o: { value: string }) => setState({ ds: o.value })}
        />
      )}
      {grouped && (
        <Combobox
          width={18}
          options={groups}
          value={state.group}
          onChange={(o: { value: Grouping }) => setState({ group: o.value })}
        />
      )}
      <div className="hw-grafana-grow">
        {filtered && <Filter filter={state.filter} onChange={(filter) => setState({ filter })} />}
      </div>
      <TimeRangePicker
        value={range}
        timeZone="browser"
        onChange={({ raw }) => setState({ from: written(raw.from), to: written(raw.to) })}
        onChangeTimeZone={() => undefined}
        onMoveBackward={() => move(-0.5)}
        onMoveForward={() => move(0.5)}
        onZoom={() => {
          const [from, to] = [range.from.valueOf(), range.to.valueOf()]
          const half = (to - from) / 2
          setState({ from: String(from - half), to: String(Math.min(dateTimeParse('now').valueOf(), to + half)) })
        }}
      />
      <Combobox
        width={16}
        options={refreshes}
        value={state.refresh}
        onChange={(o: { value: number }) => setState({ refresh: o.value })}
      />
      {completeness && <CompletenessBadge completeness={completeness} />}
    </div>
  )
}
