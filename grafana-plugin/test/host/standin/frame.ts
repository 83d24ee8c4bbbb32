/** A frame as Grafana's server sends it to the browser. */
export interface FrameJson {
  schema: {
    name: string
    refId?: string
    meta: Record<string, unknown>
    fields: { name: string; type: string; labels?: Record<string, string>; config: Record<string, unknown> }[]
  }
  data: { values: unknown[][] }
}

const typeOf = (values: unknown[]): string => {
  const value = values.find((v) => v !== null && v !== undefined)
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string'
}

interface Options {
  meta?: Record<string, unknown>
  times?: readonly string[]
  units?: Record<string, string>
}

/** Rows as one table; columns by the keys of the first row. `filter` is there for links, out of sight. */
export function table(
  name: string,
  rows: Record<string, unknown>[],
  { meta = {}, times = [], units = {} }: Options,
): FrameJson {
  const names = Object.keys(rows[0] ?? {})
  const values = names.map((n) => rows.map((r) => r[n] ?? null))
  return {
    schema: {
      name,
      meta,
      fields: names.map((n, i) => ({
        name: n,
        type: times.includes(n) ? 'time' : typeOf(values[i] ?? []),
        config: {
          ...(units[n] && { unit: units[n] }),
          ...(n === 'filter' && { custom: { hidden: true, hideFrom: { viz: true } } }),
        },
      })),
    },
    data: { values },
  }
}
