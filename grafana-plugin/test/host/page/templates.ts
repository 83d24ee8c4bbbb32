import type { ScopedVars } from '@grafana/data'
import type { TemplateSrv } from '@grafana/runtime'

export interface Variable {
  name: string
  value: string | string[]
  /** What stands for "All", where the dashboard's author gave something. */
  allValue?: string
}

const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}/g

interface Row {
  frame?: { fields: { name: string; values: unknown[] }[] }
  rowIndex?: number
}

/** Stands in for the template service of Grafana's app, which is in no package: variables, formats, `__data.fields` of links. */
export class Templates implements TemplateSrv {
  variables: Variable[] = []

  getVariables = (): never[] => []
  containsTemplate = (text = ''): boolean => text.search(REFERENCE) >= 0
  updateTimeRange = (): void => undefined

  replace(text = '', scoped: ScopedVars = {}, format?: string | ((value: unknown) => string)): string {
    return text.replace(REFERENCE, (match, a, b, bFormat, c, path, cFormat) => {
      const name = a ?? b ?? c
      if (name === '__data') {
        const row = scoped.__dataContext?.value as Row | undefined
        const field = row?.frame?.fields.find((f) => `fields.${f.name}` === path)
        return String(field?.values[row?.rowIndex ?? 0] ?? '')
      }
      const variable = this.variables.find((v) => v.name === name)
      const value: unknown = scoped[name]?.value ?? variable?.value
      if (value === undefined) return match
      if (value === '$__all' && variable?.allValue !== undefined) return variable.allValue
      const given = bFormat ?? cFormat ?? format
      if (typeof given === 'function') return given(value)
      const values = Array.isArray(value) ? value : [value]
      if (given === 'regex') return values.map((v) => String(v).replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&')).join('|')
      return values.length === 1 || given === 'raw' ? values.join(',') : `{${values.join(',')}}`
    })
  }
}
