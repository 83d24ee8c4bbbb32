import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeSizing,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  type FieldConfig,
  GraphDrawStyle,
  type GraphFieldConfig,
  LegendDisplayMode,
  type Panel,
  PercentChangeColorMode,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/schema'
import type { Options as BarGaugeOptions } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen'
import type { Options as NodeGraphOptions } from '@grafana/schema/dist/esm/raw/composable/nodegraph/panelcfg/x/NodeGraphPanelCfg_types.gen'
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen'
import type { Options as TableOptions } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen'
import type { Options as TimeSeriesOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen'
import type { HealthOptions } from '../../src/health-panel/HealthPanel.tsx'
import type { MapOptions } from '../../src/map-panel/options.ts'
import { fields, type Override, plain } from './fields.ts'
import { type Asked, source, target } from './query.ts'

export interface Words {
  title: string
  description?: string
}

/** Interfaces are no records by themselves; what Grafana keeps is JSON. */
const record = (options: object): Record<string, unknown> => Object.fromEntries(Object.entries(options))
const refIds = 'ABCDEF'
const panel = <T extends object>(type: string, words: Words, asked: Asked[], options: T): Panel => ({
  type,
  ...words,
  datasource: source,
  targets: asked.map((a, i) => target(a, refIds[i])),
  options: record(options),
})

const reduce = (values: boolean, calc = 'lastNotNull') => ({ calcs: [calc], fields: '', values })

/** @param calc what becomes of several rows */
export function stat(words: Words, asked: Asked, config: FieldConfig = {}, calc: 'max' | 'sum' = 'max'): Panel {
  const options: StatOptions = {
    colorMode: BigValueColorMode.Value,
    graphMode: BigValueGraphMode.None,
    justifyMode: BigValueJustifyMode.Auto,
    orientation: VizOrientation.Auto,
    percentChangeColorMode: PercentChangeColorMode.Standard,
    reduceOptions: reduce(false, calc),
    showPercentChange: false,
    textMode: BigValueTextMode.Value,
    wideLayout: true,
  }
  return { ...panel('stat', words, [asked], options), fieldConfig: fields({ thresholds: plain, ...config }) }
}

/** A bar for each row. */
export function bars(words: Words, asked: Asked, config: FieldConfig = {}): Panel {
  const options: BarGaugeOptions = {
    displayMode: BarGaugeDisplayMode.Basic,
    maxVizHeight: 40,
    minVizHeight: 16,
    minVizWidth: 8,
    namePlacement: BarGaugeNamePlacement.Left,
    orientation: VizOrientation.Horizontal,
    reduceOptions: { ...reduce(true), limit: asked.limit ?? 10 },
    showUnfilled: true,
    sizing: BarGaugeSizing.Auto,
    valueMode: BarGaugeValueMode.Text,
    legend: { calcs: [], displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: false },
  }
  return { ...panel('bargauge', words, [asked], options), fieldConfig: fields({ min: 0, ...config }) }
}

export interface Lines extends FieldConfig {
  stacked?: boolean
  overrides?: Override[]
}
export function lines(words: Words, asked: Asked[], { stacked = false, overrides = [], ...config }: Lines = {}): Panel {
  const options: TimeSeriesOptions = {
    legend: { calcs: ['mean', 'max'], displayMode: LegendDisplayMode.Table, placement: 'bottom', showLegend: true },
    tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
  }
  const custom: GraphFieldConfig = {
    drawStyle: GraphDrawStyle.Line,
    fillOpacity: stacked ? 30 : 10,
    lineWidth: 1,
    showPoints: VisibilityMode.Auto,
    spanNulls: false,
    stacking: { group: 'A', mode: stacked ? StackingMode.Normal : StackingMode.None },
  }
  return {
    ...panel('timeseries', words, asked, options),
    fieldConfig: fields({ min: 0, custom: record(custom), ...config }, overrides),
  }
}

export function table(words: Words, asked: Asked, overrides: Override[] = [], sort?: string): Panel {
  const options: TableOptions = {
    frameIndex: 0,
    showHeader: true,
    ...(sort !== undefined && { sortBy: [{ displayName: sort, desc: true }] }),
  }
  const config = { custom: { align: 'auto', inspect: false, filterable: true } }
  return { ...panel('table', words, [{ format: 'table', ...asked }], options), fieldConfig: fields(config, overrides) }
}

/** Grafana's own, which shows the same map where our panel is not wanted. */
export const nodeGraph = (words: Words, asked: Omit<Asked, 'queryType'>): Panel =>
  panel<NodeGraphOptions>('nodeGraph', words, [{ queryType: 'map', format: 'node_graph', limit: 200, ...asked }], {})

export const map = (words: Words, asked: Omit<Asked, 'queryType'>, more: Partial<MapOptions> = {}): Panel =>
  panel<MapOptions>('headwater-map-panel', words, [{ queryType: 'map', limit: 5_000, ...asked }], {
    ...{ names: true, layout: 'worker', details: true, completeness: true },
    ...more,
  })

export const health = (words: Words, asked: Omit<Asked, 'queryType'>, more: Partial<HealthOptions> = {}): Panel =>
  panel<HealthOptions>('headwater-health-panel', words, [{ queryType: 'map', limit: 5_000, ...asked }], {
    ...{ all: true, completeness: true },
    ...more,
  })
