import {
  type AppPlugin,
  createTheme,
  type DataFrame,
  type DataQueryResponse,
  type DataSourceInstanceSettings,
  type DataSourcePlugin,
  dateTime,
  LoadingState,
  type PanelData,
  type PanelPlugin,
  standardEditorsRegistry,
  ThemeContext,
  toDataFrame,
} from '@grafana/data'
import { initPluginTranslations } from '@grafana/i18n'
import { locationService } from '@grafana/runtime'
import { GlobalStyles, PortalContainer } from '@grafana/ui'
import type { ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { lastValueFrom, type Observable } from 'rxjs'
import { FrameTable } from './builtIn.js'
import { Dashboard, type PanelJson } from './Dashboard.js'
import { overridden } from './fields.js'
import { loadModule } from './modules.js'
import { setServices, templates } from './services.js'
import type { Variable } from './templates.js'
import { AppPage, Editor, Panel } from './views.js'

const settings = {
  id: 1,
  uid: 'headwater',
  name: 'Headwater',
  type: 'headwater-datasource',
  access: 'proxy',
  readOnly: false,
  jsonData: {},
  meta: { id: 'headwater-datasource', info: { version: '0' }, baseUrl: '', module: '' },
} as unknown as DataSourceInstanceSettings

interface Asked {
  queries: Record<string, unknown>[]
  filters?: object[]
  variables?: Variable[]
  from?: number
  to?: number
}
/** The parts of a data source that the tests call. */
interface Source {
  query(request: object): Observable<DataQueryResponse>
  [method: string]: unknown
}

let source: Source | undefined
let root: Root | undefined
let mode: 'light' | 'dark' = 'dark'

const of = async <T,>(folder: string): Promise<T> =>
  (await loadModule(`/public/plugins/${folder}/module.js`)).plugin as T
const rangeOf = ({ from = Date.now() - 900_000, to = Date.now() }: Asked) => {
  const times = { from: dateTime(from), to: dateTime(to) }
  return { ...times, raw: times }
}

function render(what: ReactNode): void {
  const theme = createTheme({ colors: { mode } })
  root?.unmount()
  // React takes things down when it has time: what was shown before is gone at once.
  const place = document.createElement('div')
  document.getElementById('root')?.replaceChildren(place)
  root = createRoot(place)
  root.render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ padding: 16, height: '100vh', display: 'flex', flexDirection: 'column' }}>{what}</div>
      <PortalContainer />
    </ThemeContext.Provider>,
  )
}

async function query(asked: Asked): Promise<PanelData> {
  templates.variables = asked.variables ?? []
  const range = rangeOf(asked)
  const targets = asked.queries.map((q, i) => ({
    refId: String.fromCharCode(65 + i),
    datasource: { uid: 'headwater' },
    ...q,
  }))
  const request = {
    targets,
    range,
    scopedVars: {},
    filters: asked.filters,
    requestId: 'Q1',
    intervalMs: 1000,
    maxDataPoints: 600,
  }
  try {
    const answer = await lastValueFrom(source?.query(request) as Observable<DataQueryResponse>)
    const state = answer.errors?.length || answer.error ? LoadingState.Error : LoadingState.Done
    const errors = answer.errors ?? (answer.error ? [answer.error] : [])
    const series = (answer.data as DataFrame[]).map((f) => toDataFrame(f))
    return { state, series, timeRange: range, request: request as never, errors } as PanelData
  } catch (error) {
    const errors = [{ message: (error as Error).message }]
    return { state: LoadingState.Error, series: [], timeRange: range, errors } as unknown as PanelData
  }
}

const host = {
  /** What the last editor made. */
  value: undefined as object | undefined,
  theme(to: 'light' | 'dark') {
    mode = to
  },
  async panel(folder: string, asked: Asked, options: object = {}) {
    const plugin = await of<PanelPlugin>(`headwater-${folder}`)
    const data = await query(asked)
    const title = folder === 'map-panel' ? 'What talks to what' : 'Health'
    render(
      <Panel title={title} plugin={plugin} data={data} options={options} theme={createTheme({ colors: { mode } })} />,
    )
  },
  async table(asked: Asked) {
    const { series } = await query(asked)
    const [frame] = overridden(series.slice(0, 1), createTheme({ colors: { mode } }))
    if (frame) render(<FrameTable frame={frame} width={1180} height={600} />)
  },
  /** A whole dashboard, each panel with its own queries. */
  async dashboard(json: { title: string; panels: PanelJson[] }, asked: Asked, width: number) {
    const panels = await Promise.all(
      json.panels.map(async (panel) => {
        const own = panel.type.startsWith('headwater-')
        const plugin = own ? await of<PanelPlugin>(panel.type) : undefined
        return { json: panel, plugin, data: await query({ ...asked, queries: panel.targets ?? [] }) }
      }),
    )
    render(<Dashboard title={json.title} panels={panels} width={width} theme={createTheme({ colors: { mode } })} />)
  },
  async editor(kind: 'query' | 'annotation' | 'variable' | 'config', start: object, asked: Asked) {
    const plugin = await of<DataSourcePlugin<never>>('headwater-datasource')
    host.value = start
    const keep = (value: object): void => {
      host.value = value
    }
    const view = { kind, plugin, start, range: rangeOf(asked), onChange: keep }
    render(<Editor {...view} source={source as never} />)
  },
  /** A page of the app, at the address that its state is read from. */
  async page(path: string, search: string) {
    locationService.replace(`/${search}`)
    const plugin = await of<AppPlugin>('headwater-app')
    render(<AppPage plugin={plugin} path={path} />)
  },
  /** Frames of a query, plain. */
  async run(asked: Asked) {
    const { series, errors } = await query(asked)
    const plain = series.map((f) => ({
      name: f.name,
      meta: f.meta,
      fields: f.fields.map((x) => ({ name: x.name, values: [...x.values], config: x.config, labels: x.labels })),
    }))
    return { frames: JSON.parse(JSON.stringify(plain)), errors: errors?.map((e) => e.message) ?? [] }
  },
  /** Calls a method of the data source. */
  call: (method: string, ...given: unknown[]): unknown =>
    Promise.resolve(method)
      .then((m) => (source as Record<string, (...g: unknown[]) => unknown>)[m]?.(...given))
      .catch((error: { message?: string }) => ({ error: error.message })),
  /** Values of a variable as a dashboard gets them. */
  async variable(label: string, asked: Asked) {
    const { variables } = (source ?? {}) as { variables: { query(request: object): Observable<DataQueryResponse> } }
    const request = { targets: [{ refId: 'V', label }], range: rangeOf(asked) }
    return (await lastValueFrom(variables.query(request))).data
  },
}

async function start(): Promise<void> {
  await initPluginTranslations('grafana')
  // Editors of panel options are the app's, and in no package: they are asked for when a panel's defaults are.
  const editors = ['boolean', 'radio', 'select', 'number', 'text']
  standardEditorsRegistry.setInit(() => editors.map((id) => ({ id, name: id, description: id, editor: () => null })))
  setServices(settings, () => source as never)
  const plugin = await of<DataSourcePlugin<never>>('headwater-datasource')
  source = new (plugin.DataSourceClass as unknown as new (s: object) => Source)(settings)
  Object.assign(window, { host })
}
void start()
