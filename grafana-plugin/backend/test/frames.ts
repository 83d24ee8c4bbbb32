import { type Field, RecordBatchReader, TimeUnit, Type, Vector } from 'apache-arrow'

export interface DecodedField {
  name: string
  labels: Record<string, string> | undefined
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  config: any
  type: 'time' | 'number' | 'string' | 'boolean'
  nullable: boolean
  values: unknown[]
}

export interface DecodedFrame {
  name: string
  refId: string
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  meta: any
  fields: DecodedField[]
  rows: number
}

function typeOf(field: Field): DecodedField['type'] {
  if (field.type.typeId === Type.Utf8) return 'string'
  if (field.type.typeId === Type.Bool) return 'boolean'
  if (field.type.typeId === Type.Float) return 'number'
  if (field.type.typeId === Type.Timestamp && field.type.unit === TimeUnit.NANOSECOND) return 'time'
  throw new Error(`${field.name}: no type that Grafana takes from here: ${field.type}`)
}

/** A frame off the wire: an Arrow file, as Grafana's SDK reads it. Times as Unix ms. */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  if (Buffer.from(bytes.subarray(0, 6)).toString() !== 'ARROW1') throw new Error('no Arrow file')
  // A Table would merge fields of one name: the reader's own schema and the columns of the batch are as they came.
  const reader = RecordBatchReader.from(bytes).open()
  const { metadata, fields } = reader.schema
  const [batch, ...more] = [...reader]
  if (batch === undefined || more.length > 0) throw new Error('not one batch of records')
  const decoded = fields.map((field, i): DecodedField => {
    const type = typeOf(field)
    const data = batch.data.children[i]
    const values = data === undefined ? [] : [...new Vector([data])]
    const json = (key: string) => (field.metadata.has(key) ? JSON.parse(field.metadata.get(key) ?? '') : undefined)
    return {
      name: field.metadata.get('name') ?? '',
      ...{ labels: json('labels'), config: json('config'), type, nullable: field.nullable },
      // apache-arrow gives times of any unit as ms.
      values,
    }
  })
  return {
    name: metadata.get('name') ?? '',
    refId: metadata.get('refId') ?? '',
    meta: JSON.parse(metadata.get('meta') ?? 'null'),
    fields: decoded,
    rows: batch.numRows,
  }
}

export const field = (frame: DecodedFrame | undefined, name: string): DecodedField => {
  const found = frame?.fields.find((f) => f.name === name)
  if (found === undefined) throw new Error(`no field ${name}; there are ${frame?.fields.map((f) => f.name).join(', ')}`)
  return found
}

/** Each series, with its times. */
export const seriesOf = (frames: readonly DecodedFrame[]): { time: DecodedField; number: DecodedField }[] =>
  frames.flatMap((frame) => {
    const time = field(frame, 'time')
    return frame.fields.filter((f) => f !== time).map((number) => ({ time, number }))
  })

/** Rows as objects. */
export const rowsOf = (frame: DecodedFrame | undefined): Record<string, unknown>[] =>
  Array.from({ length: frame?.rows ?? 0 }, (_, i) =>
    Object.fromEntries((frame?.fields ?? []).map((f) => [f.name, f.values[i]])),
  )

/** What an alert rule makes of a query: a value for each set of labels. */
export type Instances = Map<string, number>

const keyOf = (labels: Record<string, string>) =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([, v]) => v !== '')
      .sort(),
  )

function add(instances: Instances, labels: Record<string, string>, value: unknown): void {
  const key = keyOf(labels)
  if (instances.has(key)) throw new Error(`duplicate labels ${key}`)
  // Grafana goes on with NaN, and NaN fires.
  instances.set(key, typeof value === 'number' ? value : Number.NaN)
}

/**
 * Frames as Grafana's server-side expressions take them, with `reduce: last` over series: what they refuse throws, what
 * becomes NaN there (a series without rows, null in an untyped table) is NaN here.
 */
export function evaluate(frames: readonly DecodedFrame[]): Instances {
  const instances: Instances = new Map()
  for (const frame of frames) {
    const numbers = frame.fields.filter((f) => f.type === 'number')
    const strings = frame.fields.filter((f) => f.type === 'string')
    const time = frame.fields.find((f) => f.type === 'time')
    const typed: string | undefined = frame.meta?.typeVersion?.join('.') === '0.1' ? frame.meta.type : undefined
    if (time === undefined) {
      if (numbers.length !== 1 || numbers.length + strings.length !== frame.fields.length)
        throw new Error('input data must be a wide series but got type long')
      if (typed !== 'numeric-long' && typed !== undefined) throw new Error(`${typed} without time`)
      for (let i = 0; i < frame.rows; i++) {
        const value = numbers[0]?.values[i]
        if (value === null && typed === 'numeric-long') continue
        add(instances, Object.fromEntries(strings.map((s) => [s.name, String(s.values[i])])), value)
      }
      continue
    }
    if (typed !== 'timeseries-multi' && typed !== 'timeseries-wide') throw new Error(`untyped series (${typed})`)
    if (time.nullable) throw new Error('missing a []time.Time field')
    if (numbers.length === 0 || numbers.length + 1 !== frame.fields.length)
      throw new Error('input data must be a wide series')
    if (typed === 'timeseries-multi' && numbers.length !== 1) throw new Error('several numbers in one of many series')
    const times = time.values as number[]
    if (times.some((t, i) => i > 0 && t <= (times[i - 1] ?? 0))) throw new Error('rows are not ascending')
    for (const { labels, values } of numbers) add(instances, labels ?? {}, values.at(-1))
  }
  return instances
}
