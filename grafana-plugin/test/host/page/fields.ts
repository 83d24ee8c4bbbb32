import {
  applyFieldOverrides,
  type DataFrame,
  FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  type GrafanaTheme2,
  type PanelPlugin,
} from '@grafana/data'
import { templates } from './services.js'

const standard = [
  'unit',
  'min',
  'max',
  'decimals',
  'displayName',
  'noValue',
  'color',
  'thresholds',
  'mappings',
  'links',
]
const custom = [
  ...['align', 'cellOptions', 'filterable', 'inspect', 'width', 'minWidth', 'hideFrom.viz', 'wrapText'],
  ...['drawStyle', 'fillOpacity', 'lineWidth', 'showPoints', 'spanNulls', 'stacking'],
]

const item = (path: string, isCustom: boolean): FieldConfigPropertyItem =>
  ({
    ...{ id: isCustom ? `custom.${path}` : path, path, isCustom, name: path, description: '', editor: () => null },
    ...{ override: () => null, process: (value: unknown) => value, shouldApply: () => true, settings: {} },
  }) as unknown as FieldConfigPropertyItem

/** What a field's configuration may hold. Grafana's app and its own panels name these, and are in no package. */
const registry = new FieldConfigOptionsRegistry(() => [
  ...standard.map((path) => item(path, false)),
  ...custom.map((path) => item(path, true)),
])

/** Frames as a panel of a dashboard gets them: with its field configuration, links, and how values are written. */
export const overridden = (
  frames: DataFrame[],
  theme: GrafanaTheme2,
  plugin?: PanelPlugin,
  fieldConfig: FieldConfigSource = { defaults: {}, overrides: [] },
): DataFrame[] =>
  applyFieldOverrides({
    data: frames,
    fieldConfig,
    fieldConfigRegistry: plugin?.fieldConfigRegistry ?? registry,
    replaceVariables: (text, scoped, format) => templates.replace(text, scoped, format as string),
    theme,
    timeZone: 'utc',
  })
