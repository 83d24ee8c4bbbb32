import type { AdHocVariableFilter } from '@grafana/data'
import { edgeLabels, endLabels, literal, type Matcher, type Operator, quoted } from '@headwater/contracts/api'

/** Labels that filters may name: of either end, of the client, of the server. */
export const filterLabels: readonly string[] = [...endLabels, ...edgeLabels]

const operators: Record<string, Operator> = { '=': '=', '!=': '!=', '=~': '=~', '!~': '!~', '=|': '=~', '!=|': '!~' }

/** One of Grafana's ad-hoc filters as a matcher. @throws where it has no meaning here, with what to do */
export function adHocMatcher({ key, operator, value, values }: AdHocVariableFilter): Matcher {
  const ours = operators[operator]
  if (ours === undefined)
    throw new Error(
      `Filters of Headwater know =, !=, =~, !~ and "one of"; change the filter on ${key} from ${operator}.`,
    )
  if (!filterLabels.includes(key))
    throw new Error(`Headwater has no label ${key}; remove the filter on it, or choose one of the labels listed.`)
  const oneOf = operator.endsWith('|')
  return { label: key, operator: ours, value: oneOf ? (values ?? [value]).map(literal).join('|') : value }
}

/** Ad-hoc filters added to a filter; a filter that cannot be read keeps its mistake, for the API to tell of. */
export function withFilters(filter: string, added: readonly Matcher[]): string {
  if (added.length === 0) return filter
  const inner = filter.trim().replace(/^\{/, '').replace(/\}$/, '').replace(/,\s*$/, '').trim()
  return `{${[...(inner === '' ? [] : [inner]), ...added.map((m) => m.label + m.operator + quoted(m.value))].join(',')}}`
}
