import {
  type AnnotationQuery,
  type Dashboard,
  DashboardCursorSync,
  defaultDashboard,
  type Panel,
  type RowPanel,
  type VariableModel,
} from '@grafana/schema'
import { dashboards } from './links.ts'
import { source, type Target, target } from './query.ts'
import { adHoc, dataSource } from './variables.ts'

const COLUMNS = 24

export interface Row {
  height: number
  panels: Panel[]
  /** Of each panel, in columns; else all are as wide. */
  widths?: number[]
  /** A heading above, to fold it by. */
  heading?: string
}

/** Panels row by row from the top, with ids in the order of reading. */
function place(rows: readonly Row[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = []
  let [y, id] = [0, 1]
  for (const { height, panels, widths, heading } of rows) {
    if (heading !== undefined) {
      const gridPos = { h: 1, w: COLUMNS, x: 0, y: y++ }
      placed.push({ type: 'row', id: id++, title: heading, collapsed: false, panels: [], gridPos })
    }
    let x = 0
    for (const [i, panel] of panels.entries()) {
      const w = widths?.[i] ?? Math.floor(COLUMNS / panels.length)
      placed.push({ id: id++, ...panel, gridPos: { h: height, w, x, y } })
      x += w
    }
    if (x > COLUMNS) throw new Error(`${panels.map((p) => p.title).join(', ')}: wider than a dashboard`)
    y += height
  }
  return placed
}

const builtIn: AnnotationQuery = {
  ...{ builtIn: 1, name: 'Annotations & Alerts', type: 'dashboard', enable: true, hide: true },
  ...{ datasource: { type: 'grafana', uid: '-- Grafana --' }, iconColor: 'rgba(0, 211, 255, 1)' },
}

/** New edges, health that got worse, nodes gone silent. */
export const changes = (filter: string): AnnotationQuery<Target> => ({
  name: 'Changes',
  enable: true,
  datasource: source,
  iconColor: 'orange',
  target: target({ queryType: 'changes', filter, limit: 100 }, 'Anno'),
})

export interface Parts {
  uid: string
  title: string
  description: string
  from: string
  refresh?: string
  variables: VariableModel[]
  changes?: AnnotationQuery<Target>
  rows: Row[]
}

export const dashboard = ({ from, variables, rows, changes, refresh = '30s', ...words }: Parts): Dashboard => ({
  ...defaultDashboard,
  ...words,
  // Grafana keeps the id by itself, and looks at the revision to know whether an app's dashboard is a newer one.
  id: null,
  revision: 1,
  tags: ['headwater'],
  graphTooltip: DashboardCursorSync.Crosshair,
  links: [dashboards],
  time: { from, to: 'now' },
  timepicker: {},
  refresh,
  templating: { list: [dataSource, ...variables, adHoc] },
  annotations: { list: [builtIn, ...(changes ? [changes] : [])] },
  panels: place(rows),
})
