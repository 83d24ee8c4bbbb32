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
import { heads, headsOf, widthsOf } from './heads.ts'
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

/** A bar for each of the first rows. */
export function bars(words: Words, asked: Asked, most: number, config: FieldConfig = {}): Panel {
  const options: BarGaugeOptions = {
    displayMode: BarGaugeDisplayMode.Basic,
    maxVizHeight: 40,
    minVizHeight: 16,
    minVizWidth: 8,
    namePlacement: BarGaugeNamePlacement.Left,
    orientation: VizOrientation.Horizontal,
    reduceOptions: { ...reduce(true), limit: most },
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
    // What is most is first: the API's order is that of traffic.
    legend: {
      ...{ calcs: ['mean', 'max'], sortBy: 'Max', sortDesc: true },
      ...{ displayMode: LegendDisplayMode.Table, placement: 'bottom', showLegend: true },
    },
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
    // With a split, lines are called by what they are of.
    fieldConfig: fields({ min: 0, custom: record(custom), ...config }, [
      ...overrides,
      ...headsOf(asked.filter((a) => (a.split ?? 'none') === 'none').flatMap((a) => a.fields ?? [])),
    ]),
  }
}

export function table(words: Words, asked: Asked, overrides: Override[] = [], sort?: string): Panel {
  const options: TableOptions = {
    frameIndex: 0,
    showHeader: true,
    ...(sort !== undefined && { sortBy: [{ displayName: heads[sort] ?? sort, desc: true }] }),
  }
  const config = { custom: { align: 'auto', inspect: false, filterable: true, minWidth: 70 } }
  // Other overrides go by names of fields, so they come first.
  const all = [...overrides, ...widthsOf(asked.fields ?? []), ...headsOf(asked.fields ?? [])]
  return { ...panel('table', words, [{ format: 'table', ...asked }], options), fieldConfig: fields(config, all) }
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
