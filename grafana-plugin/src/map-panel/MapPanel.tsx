import type { PanelProps } from '@grafana/data'
import { CompletenessBadge, graphOf, type MapController, type Selection, ServiceMap } from '@headwater/console'
import type { MapAnswer } from '@headwater/contracts/api'
import { useCallback, useMemo, useState } from 'react'
import { mapOf } from '../look/answer.js'
import { LeftOut } from '../look/LeftOut.js'
import { Look, useThemeKey } from '../look/Look.js'
import { createLayout } from '../look/layout.js'
import { Notice } from '../look/Notice.js'
import { Facts } from './Facts.js'
import type { MapOptions } from './options.js'

type Props = PanelProps<MapOptions>

/** For tests and for a look from the browser's console: where something is drawn, in CSS pixels of the viewport. */
function expose(controller: MapController | undefined): void {
  const scope = window as Window & { __headwater?: { map: { positionOf: MapController['positionOf'] } } }
  if (controller) scope.__headwater = { map: { positionOf: (id) => controller.positionOf(id) } }
  else delete scope.__headwater
}

/** The map of one answer. Another layout is another map: it is made anew. */
function ShownMap({ answer, ...props }: Props & { answer: MapAnswer }) {
  const { options, data, timeRange, id } = props
  const themeKey = useThemeKey()
  const [selection, setSelection] = useState<Selection>()
  const graph = useMemo(() => graphOf(answer), [answer])
  const rangeMs = answer.range.to - answer.range.from
  const layout = useCallback(() => createLayout(options.layout), [options.layout])
  return (
    <>
      <LeftOut truncated={answer.truncated} />
      <div className="hw-grafana-work">
        <ServiceMap
          key={options.layout}
          graph={graph}
          grouping={`panel-${id}-${answer.group_by}`}
          rangeMs={rangeMs}
          selection={selection}
          found={undefined}
          onSelect={setSelection}
          createLayout={layout}
          storage={sessionStorage}
          themeKey={themeKey}
          names={options.names}
          compared={answer.compared_with !== null}
          onController={expose}
        />
        {options.details && selection && (
          <Facts
            graph={graph}
            selection={selection}
            onSelect={setSelection}
            datasource={data.request?.targets[0]?.datasource?.uid}
            range={timeRange}
            rangeMs={rangeMs}
            themeKey={themeKey}
          />
        )}
      </div>
      {options.completeness && !(options.details && selection) && (
        <div className="hw-grafana-badge">
          <CompletenessBadge completeness={answer.completeness} />
        </div>
      )}
    </>
  )
}

/** What talks to what, in the console's own renderer. */
export function MapPanel(props: Props) {
  const shown = mapOf(props.data)
  return (
    <Look width={props.width} height={props.height}>
      {'answer' in shown ? <ShownMap {...props} answer={shown.answer} /> : <Notice {...shown} />}
    </Look>
  )
}
