import {
  type AppPlugin,
  applyFieldOverrides,
  type DataFrame,
  type DataSourcePlugin,
  type GrafanaTheme2,
  type PanelData,
  type PanelPlugin,
} from '@grafana/data'
import { PanelChrome, Table } from '@grafana/ui'
import { useState } from 'react'
import { templates } from './services.js'

const overridden = (frames: DataFrame[], theme: GrafanaTheme2, plugin?: PanelPlugin): DataFrame[] =>
  applyFieldOverrides({
    data: frames,
    fieldConfig: { defaults: {}, overrides: [] },
    ...(plugin && { fieldConfigRegistry: plugin.fieldConfigRegistry }),
    replaceVariables: (text, scoped, format) => templates.replace(text, scoped, format as string),
    theme,
    timeZone: 'utc',
  })

export interface PanelView {
  title: string
  plugin: PanelPlugin
  data: PanelData
  options: object
  theme: GrafanaTheme2
}

export function Panel({ title, plugin, data, options, theme }: PanelView) {
  const Component = plugin.panel
  const series = overridden(data.series, theme, plugin)
  if (!Component) return null
  return (
    <PanelChrome width={1180} height={700} title={title} padding="none">
      {(width, height) => (
        <Component
          id={7}
          title=""
          data={{ ...data, series }}
          timeRange={data.timeRange}
          timeZone="utc"
          options={{ ...(plugin.defaults as object), ...options }}
          fieldConfig={{ defaults: {}, overrides: [] }}
          transparent={false}
          width={width}
          height={height}
          renderCounter={1}
          replaceVariables={(t: string) => templates.replace(t)}
          eventBus={{} as never}
          onOptionsChange={() => undefined}
          onFieldConfigChange={() => undefined}
          onChangeTimeRange={() => undefined}
        />
      )}
    </PanelChrome>
  )
}

/** Grafana's own table with its data links. */
export function FrameTable({ frame, theme }: { frame: DataFrame; theme: GrafanaTheme2 }) {
  const [data] = overridden([frame], theme)
  return data ? <Table data={data} width={1180} height={600} /> : null
}

type Source = DataSourcePlugin<never>

export interface EditorView {
  kind: 'query' | 'annotation' | 'variable' | 'config'
  plugin: Source
  source: never
  start: object
  range: PanelData['timeRange']
  onChange(value: object): void
}

export function Editor({ kind, plugin, source, start, range, onChange }: EditorView) {
  const [value, setValue] = useState<object>(start)
  const change = (next: object): void => {
    setValue(next)
    onChange(next)
  }
  const { annotations, variables } = source as { annotations: Record<string, never>; variables: { editor: never } }
  if (kind === 'config') {
    const Config = plugin.components.ConfigEditor as never as React.ComponentType<object>
    return <Config {...{ options: value, onOptionsChange: change }} />
  }
  const editors = {
    query: plugin.components.QueryEditor,
    annotation: annotations.QueryEditor,
    variable: variables.editor,
  }
  const Component = editors[kind] as never as React.ComponentType<object>
  return <Component {...{ datasource: source, query: value, onChange: change, onRunQuery: () => undefined, range }} />
}

export function AppPage({ plugin, path }: { plugin: AppPlugin; path: string }) {
  const Root = plugin.root
  if (!Root) return null
  return <Root meta={plugin.meta} path={path} query={{}} basename="/a/headwater-app" onNavChanged={() => undefined} />
}
