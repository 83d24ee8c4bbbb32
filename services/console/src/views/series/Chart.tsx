import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import { clock } from '../../format/time.js'
import type { ChartSpec } from './charts.js'
import { formats, plotData, plotOptions } from './plot.js'

const HEIGHT = 118

/** The last value that is known: the newest step may not be over yet. */
const lastOf = (values: (number | null)[]): number | null => values.findLast((v) => v !== null) ?? null

/** One chart. Its legend shows the values under the cursor, which all charts of the page share. */
export function Chart({ chart, themeKey }: { chart: ChartSpec; themeKey: string }) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const latest = useRef(chart)
  latest.current = chart
  const [cursor, setCursor] = useState<number | null>(null)
  const shape = chart.lines.map((l) => l.label).join() + chart.title

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew for other lines or another theme; data is set below
  useEffect(() => {
    const element = host.current
    if (!element) return
    const size = { width: Math.max(120, element.clientWidth), height: HEIGHT }
    const options = plotOptions(latest.current, element, size, (i) => setCursor(i ?? null))
    const made = new uPlot(options, plotData(latest.current), element)
    plot.current = made
    const observer = new ResizeObserver(() =>
      made.setSize({ width: Math.max(120, element.clientWidth), height: HEIGHT }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [shape, themeKey])
  useEffect(() => plot.current?.setData(plotData(chart)), [chart])

  const time = cursor === null ? undefined : chart.time[cursor]
  return (
    <figure className="hw-chart" data-chart={chart.title}>
      <figcaption>
        <strong>{chart.title}</strong>
        <span className="hw-chart-legend">
          {time !== undefined && <span className="hw-muted hw-number">{clock(time)}</span>}
          {chart.lines.map((l) => {
            const value = cursor === null ? lastOf(l.values) : (l.values[cursor] ?? null)
            return (
              <span key={l.label}>
                <i style={{ background: `var(${l.colour})` }} />
                {l.label} <b className="hw-number">{value === null ? '–' : formats[chart.unit](value)}</b>
              </span>
            )
          })}
        </span>
      </figcaption>
      <div ref={host} className="hw-plot" />
    </figure>
  )
}
