import 'uplot/dist/uPlot.min.css'
import type { AppRootProps } from '@grafana/data'
import { getDataSourceSrv, PluginPage } from '@grafana/runtime'
import { LinkButton, Tab, TabsBar } from '@grafana/ui'
import type { Completeness } from '@headwater/contracts/api'
import { useState } from 'react'
import { Look } from '../look/Look.js'
import { Notice } from '../look/Notice.js'
import { Bar } from './Bar.js'
import { Cost } from './Cost.js'
import { Fleet } from './Fleet.js'
import { MapAndHealth } from './MapAndHealth.js'
import { usePageState, useRange } from './state.js'

const ID = 'headwater-app'
const SOURCE = 'headwater-datasource'
const pages = ['map', 'health', 'cost', 'fleet'] as const
type Page = (typeof pages)[number]

const pageOf = (path: string): Page => pages.find((p) => path.split('/').includes(p)) ?? 'map'
const title = (page: Page): string => page.charAt(0).toUpperCase() + page.slice(1)

/** The console's pages within Grafana, over a Headwater data source. */
export function App({ path }: AppRootProps) {
  const page = pageOf(path)
  const [state, setState] = usePageState()
  const range = useRange(state)
  const [completeness, onCompleteness] = useState<Completeness>()
  const sources = getDataSourceSrv().getList({ type: SOURCE })
  const uid = (sources.find((s) => s.uid === state.ds) ?? sources[0])?.uid
  const grouped = page === 'map' || page === 'health'
  return (
    <PluginPage>
      <Look>
        <TabsBar>
          {pages.map((p) => (
            <Tab key={p} label={title(p)} active={p === page} href={`/a/${ID}/${p}`} />
          ))}
        </TabsBar>
        {uid === undefined ? (
          <>
            <Notice
              title="There is no Headwater data source yet"
              text="Add one with the address of your Headwater and its token; these pages then show what it sees."
            />
            <div style={{ alignSelf: 'center', padding: 16 }}>
              <LinkButton href={`/connections/datasources/${SOURCE}`}>Add the data source</LinkButton>
            </div>
          </>
        ) : (
          <>
            <Bar
              state={state}
              setState={setState}
              range={range}
              sources={sources}
              source={uid}
              grouped={grouped}
              filtered={page !== 'fleet'}
              completeness={completeness}
            />
            <div className="hw-grafana-page">
              {(page === 'map' || page === 'health') && (
                <MapAndHealth uid={uid} state={state} onCompleteness={onCompleteness} view={page} />
              )}
              {page === 'cost' && <Cost uid={uid} state={state} onCompleteness={onCompleteness} />}
              {page === 'fleet' && <Fleet uid={uid} state={state} onCompleteness={onCompleteness} />}
            </div>
          </>
        )}
      </Look>
    </PluginPage>
  )
}
