import type { FieldConfigSource, GrafanaTheme2, PanelData, PanelPlugin } from '@grafana/data'
import { PanelChrome } from '@grafana/ui'
import { BuiltIn } from './builtIn.js'
import { PanelBody } from './views.js'

/** A panel of a dashboard's JSON, as far as it is shown. */
export interface PanelJson {
  id: number
  type: string
  title: string
  description?: string
  gridPos: { x: number; y: number; w: number; h: number }
  options?: object
  fieldConfig?: FieldConfigSource
  targets?: Record<string, unknown>[]
}

/** Grafana's grid: 24 columns, rows of 30 px, 8 px between them. */
const GAP = 8
const ROW = 30

export interface DashboardView {
  title: string
  panels: { json: PanelJson; data: PanelData; plugin: PanelPlugin | undefined }[]
  width: number
  theme: GrafanaTheme2
}

function Shown({
  json,
  data,
  plugin,
  theme,
  width,
  height,
}: DashboardView['panels'][number] & { theme: GrafanaTheme2; width: number; height: number }) {
  const error = data.errors?.[0]?.message
  const own = plugin !== undefined
  const fieldConfig = json.fieldConfig ?? { defaults: {}, overrides: [] }
  return (
    <PanelChrome
      {...{ width, height, title: json.title, padding: own || json.type === 'table' ? 'none' : 'md' }}
      {...(json.description && { description: json.description })}
      {...(error && { statusMessage: error })}
    >
      {(innerWidth: number, innerHeight: number) =>
        own ? (
          <PanelBody
            {...{ plugin, data, theme, options: json.options ?? {}, width: innerWidth, height: innerHeight }}
          />
        ) : data.series.length === 0 ? (
          <p style={{ textAlign: 'center', paddingTop: innerHeight / 2 - 12 }}>
            {error ?? fieldConfig.defaults.noValue ?? 'No data'}
          </p>
        ) : (
          <BuiltIn
            {...{
              type: json.type,
              data,
              fieldConfig,
              options: json.options ?? {},
              width: innerWidth,
              height: innerHeight,
            }}
          />
        )
      }
    </PanelChrome>
  )
}

/** A dashboard as it is laid out, for people to look at. */
export function Dashboard({ title, panels, width, theme }: DashboardView) {
  const column = (width - 23 * GAP) / 24
  const span = (n: number, unit: number): number => n * unit + (n - 1) * GAP
  const bottom = Math.max(...panels.map(({ json: { gridPos } }) => gridPos.y + gridPos.h))
  return (
    <>
      <h4 style={{ marginBottom: 12 }}>{title}</h4>
      <div style={{ position: 'relative', height: span(bottom, ROW), width, flexShrink: 0 }} data-testid="dashboard">
        {panels.map((panel) => {
          const { x, y, w, h } = panel.json.gridPos
          const place = { left: x * (column + GAP), top: y * (ROW + GAP), width: span(w, column), height: span(h, ROW) }
          return (
            <div key={panel.json.id} style={{ position: 'absolute', ...place }}>
              {panel.json.type === 'row' ? (
                <h5 style={{ paddingTop: 6 }}>{panel.json.title}</h5>
              ) : (
                <Shown {...panel} theme={theme} width={place.width} height={place.height} />
              )}
            </div>
          )
        })}
      </div>
    </>
  )
}
