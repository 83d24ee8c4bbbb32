import type { DecodedField, DecodedFrame } from '../../backend/test/frames.ts'

/** A frame as Grafana's server sends it to the browser. */
export interface FrameJson {
  schema: {
    name?: string
    refId: string
    meta?: Record<string, unknown>
    fields: {
      name: string
      type: string
      typeInfo: { frame: string; nullable?: true }
      labels?: Record<string, string>
      config?: Record<string, unknown>
    }[]
  }
  data: { values: unknown[][]; entities?: (Entities | null)[] }
}

/** Numbers that JSON has no word for, by their rows. */
type Entities = Partial<Record<'NaN' | 'Inf' | 'NegInf', number[]>>

/** Grafana's names of Go's types. */
const goTypes = { time: 'time.Time', number: 'float64', string: 'string', boolean: 'bool' } as const

function entitiesOf(values: readonly unknown[]): Entities | null {
  const found: Entities = {}
  for (const [row, v] of values.entries()) {
    if (typeof v !== 'number' || Number.isFinite(v)) continue
    const name = Number.isNaN(v) ? 'NaN' : v > 0 ? 'Inf' : 'NegInf'
    found[name] = [...(found[name] ?? []), row]
  }
  return Object.keys(found).length === 0 ? null : found
}

const schemaField = ({ name, type, nullable, labels, config }: DecodedField) => ({
  name,
  type,
  typeInfo: { frame: goTypes[type], ...(nullable && { nullable: true as const }) },
  ...(labels && { labels }),
  ...(config && { config }),
})

/** What Grafana's server makes of a frame off the wire: `{schema, data}`, times as Unix ms, numbers that are none as null beside `entities`. */
export function frameJson(frame: DecodedFrame, refId: string): FrameJson {
  const entities = frame.fields.map((f) => entitiesOf(f.values))
  return {
    schema: {
      ...(frame.name !== '' && { name: frame.name }),
      refId: frame.refId || refId,
      ...(frame.meta && { meta: frame.meta }),
      fields: frame.fields.map(schemaField),
    },
    data: {
      values: frame.fields.map(({ values }) =>
        values.map((v) => (typeof v === 'number' && !Number.isFinite(v) ? null : v)),
      ),
      ...(entities.some((e) => e !== null) && { entities }),
    },
  }
}
