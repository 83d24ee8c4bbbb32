import uPlot from 'uplot'
import { count, micros, rate } from '../../format/number.js'
import { clock, stamp } from '../../format/time.js'
import type { ChartSpec, Unit } from './charts.js'

export const formats: Record<Unit, (v: number) => string> = {
  'bytes-per-second': rate,
  count: (v) => count(Math.round(v * 100) / 100),
  microseconds: micros,
}

const FONT_SIZE = 11
const DAY_S = 86_400
/** Steps of an axis of counts: there is no half a connection. */
const WHOLE = Array.from({ length: 12 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** i)).flat()

/** Local time of a tick, as fine as the ticks are apart (seconds). */
export function tickText(ms: number, step: number): string {
  if (step >= DAY_S) return stamp(ms).slice(5, 10)
  return step >= 60 ? clock(ms).slice(0, 5) : clock(ms)
}

/** uPlot's options for a chart, with the colours and font of the theme at `element`. */
export function plotOptions(
  chart: ChartSpec,
  element: HTMLElement,
  size: { width: number; height: number },
  onCursor: (index: number | null | undefined) => void,
): uPlot.Options {
  const style = getComputedStyle(element)
  const variable = (name: string): string => style.getPropertyValue(name).trim() || '#888'
  const axis = { stroke: variable('--hw-muted'), font: `${FONT_SIZE}px ${variable('--hw-font')}` }
  const grid = { stroke: variable('--hw-line'), width: 1 }
  const paths = chart.bars ? uPlot.paths.bars?.({ size: [0.6, 14] }) : undefined
  return {
    ...size,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'headwater' }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.12 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        ticks: { ...grid, size: 4 },
        size: 24,
        gap: 3,
        space: 64,
        values: (_u, ticks, _axis, _space, step) => ticks.map((t) => tickText(t * 1000, step)),
      },
      {
        ...axis,
        grid,
        ticks: { show: false },
        ...(chart.unit === 'count' && { incrs: WHOLE }),
        size: 66,
        gap: 4,
        space: 30,
        values: (_u, ticks) => ticks.map((v) => (v === null ? '' : formats[chart.unit](v))),
      },
    ],
    series: [
      {},
      ...chart.lines.map((line): uPlot.Series => {
        const stroke = variable(line.colour)
        return {
          label: line.label,
          stroke,
          width: chart.bars ? 0 : 1.75,
          fill: chart.bars ? stroke : `color-mix(in srgb, ${stroke} 12%, transparent)`,
          points: { show: line.values.length < 3, size: 5 },
          spanGaps: false,
          ...(paths && { paths }),
        }
      }),
    ],
    hooks: { setCursor: [(u) => onCursor(u.cursor.idx)] },
  }
}

/** Steps in seconds and the lines' values, as uPlot takes them. */
export const plotData = (chart: ChartSpec): uPlot.AlignedData => [
  chart.time.map((t) => t / 1000),
  ...chart.lines.map((l) => l.values),
]
