/** What Grafana shows of a field, as far as it is set here. */
export interface FieldConfig {
  unit?: string
  displayName?: string
  displayNameFromDS?: string
  /** Length of a step of a time field, ms. */
  interval?: number
  color?: { mode: 'fixed'; fixedColor: string }
  links?: DataLink[]
  custom?: Record<string, unknown>
}

export interface DataLink {
  title: string
  url: string
  internal: { datasourceUid: string; datasourceName: string; query: unknown }
}

interface FieldOf<Type extends string, Value> {
  name: string
  type: Type
  values: Value[]
  labels?: Record<string, string>
  config?: FieldConfig
}

/** `time` is Unix ms here and ns on the wire; a field of which no value may be null says so on the wire too. */
export type Field =
  | FieldOf<'time', number>
  | FieldOf<'nullable-time', number | null>
  | FieldOf<'number', number>
  | FieldOf<'nullable-number', number | null>
  | FieldOf<'string', string>
  | FieldOf<'boolean', boolean>

export interface FrameMeta {
  type?: 'numeric-long' | 'timeseries-multi' | 'timeseries-wide'
  typeVersion?: [number, number]
  preferredVisualisationType?: 'graph' | 'table' | 'nodeGraph'
  notices?: { severity: 'info' | 'warning' | 'error'; text: string }[]
  custom?: Record<string, unknown>
}

export interface Frame {
  name: string
  refId: string
  fields: Field[]
  meta: FrameMeta
  /** JSON of the API's answer, put into meta.custom.answer as it came. */
  answer?: string
}

export const rowsOf = (frame: Frame): number => frame.fields[0]?.values.length ?? 0
