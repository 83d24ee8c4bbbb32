import type { AppPlugin, DataSourcePlugin, GrafanaTheme2, PanelData, PanelPlugin } from '@grafana/data'
import { PanelChrome } from '@grafana/ui'
import { useState } from 'react'
import { overridden } from './fields.js'
import { templates } from './services.js'

export interface PanelView {
  title: string
  plugin: PanelPlugin
  data: PanelData
  options: object
  theme: GrafanaTheme2
}

interface Size {
  width: number
  height: number
}

/** A panel plugin's component within its frame. */
export function PanelBody({ plugin, data, options, theme, width, height }: Omit<PanelView, 'title'> & Size) {
  const Component = plugin.panel
  const series = overridden(data.series, theme, plugin)
  if (!Component) return null
  return (
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
  )
}

export function Panel({ title, ...view }: PanelView) {
  return (
    <PanelChrome width={1180} height={700} title={title} padding="none">
      {(width, height) => <PanelBody {...view} width={width} height={height} />}
    </PanelChrome>
  )
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
