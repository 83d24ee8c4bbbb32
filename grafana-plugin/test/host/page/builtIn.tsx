import {
  cacheFieldDisplayNames,
  type DataFrame,
  FieldColorModeId,
  type FieldConfigSource,
  type FieldDisplay,
  type GrafanaTheme2,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  type PanelData,
} from '@grafana/data'
import { BarGauge, BigValue, TimeSeries, useTheme2, VizRepeater } from '@grafana/ui'
import { TableNG } from '@grafana/ui/unstable'
import { overridden } from './fields.js'
import { templates } from './services.js'

export interface BuiltInView {
  type: string
  data: PanelData
  // biome-ignore lint/suspicious/noExplicitAny: a dashboard's JSON
  options: any
  fieldConfig: FieldConfigSource
  width: number
  height: number
}

/** A table as Grafana's table panel shows it. */
export function FrameTable({
  frame,
  options = {},
  ...size
}: {
  frame: DataFrame
  options?: { sortBy?: [] }
  width: number
  height: number
}) {
  // 12.4 calls it by the one name, 13 by the other.
  const sorted = { initialSortBy: options.sortBy ?? [], sortBy: options.sortBy ?? [] } as object
  return <TableNG data={frame} {...size} structureRev={1} {...sorted} cellHeight={'sm' as never} />
}

const values = (frames: DataFrame[], { options, fieldConfig }: BuiltInView, theme: GrafanaTheme2): FieldDisplay[] =>
  getFieldDisplayValues({
    ...{ fieldConfig, reduceOptions: options.reduceOptions, data: frames, theme, timeZone: 'utc' },
    replaceVariables: (text, scoped, format) => templates.replace(text, scoped, format as string),
  })

/** Grafana's own panels are in its app; this shows what they are made of, by the same components of @grafana/ui. */
export function BuiltIn(view: BuiltInView) {
  const { type, data, options, fieldConfig, width, height } = view
  const theme = useTheme2()
  const lines = type === 'timeseries'
  const config = lines
    ? { ...fieldConfig, defaults: { color: { mode: FieldColorModeId.PaletteClassic }, ...fieldConfig.defaults } }
    : fieldConfig
  const frames = overridden(data.series, theme, undefined, config)
  cacheFieldDisplayNames(frames)
  const size = { width, height }
  if (type === 'table') return frames[0] ? <FrameTable frame={frames[0]} options={options} {...size} /> : null
  if (lines)
    return <TimeSeries frames={frames} {...size} timeRange={data.timeRange} timeZone="utc" legend={options.legend} />
  if (type === 'nodeGraph') return <p style={{ padding: 8 }}>Grafana’s Node Graph is in no package.</p>
  const found = values(frames, view, theme)
  const factors = getDisplayValueAlignmentFactors(found)
  return (
    <VizRepeater
      {...size}
      getValues={() => found}
      source={data}
      renderCounter={1}
      autoGrid
      orientation={options.orientation}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
      itemSpacing={type === 'bargauge' ? 8 : 3}
      renderValue={({ value, width, height }) =>
        type === 'stat' ? (
          <BigValue {...options} {...{ value: value.display, width, height, theme, alignmentFactors: factors }} />
        ) : (
          <BarGauge
            {...{ width, height, theme, value: value.display, field: value.field, isOverflow: false }}
            {...{ orientation: options.orientation, displayMode: options.displayMode, alignmentFactors: factors }}
            {...{ showUnfilled: options.showUnfilled, valueDisplayMode: options.valueMode, itemSpacing: 8 }}
            {...{
              ...(value.view && { display: value.view.getFieldDisplayProcessor(value.colIndex ?? 0) }),
              namePlacement: options.namePlacement,
            }}
          />
        )
      }
    />
  )
}
