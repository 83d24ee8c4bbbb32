import { Chart } from './Chart.js'
import type { ChartSpec } from './charts.js'

/** The series of one node or edge. undefined: not there yet. */
export function SeriesPanel({ charts, themeKey }: { charts: ChartSpec[] | undefined; themeKey: string }) {
  if (!charts)
    return (
      <div className="hw-skeletons" role="status" aria-label="Loading series">
        {[0, 1, 2].map((i) => (
          <div key={i} className="hw-skeleton" style={{ height: 118 }} />
        ))}
      </div>
    )
  return (
    <div className="hw-series" data-testid="series">
      {charts.map((c) => (
        <Chart key={c.title} chart={c} themeKey={themeKey} />
      ))}
    </div>
  )
}
