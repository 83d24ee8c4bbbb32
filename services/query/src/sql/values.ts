import type { EdgeLabel } from '@headwater/contracts'
import type { TimeRange } from '../time/range.js'
import { edgeRows } from './edge-rows.js'
import { Params } from './params.js'
import type { Statement } from './statement.js'

export interface ValuesQuery {
  range: TimeRange
  label: EdgeLabel
  prefix: string
  limit: number
}

/** Values of a label in the range that are not empty, in the order of the alphabet. */
export function valuesStatement({ range, label, prefix, limit }: ValuesQuery): Statement {
  const params = new Params()
  const columns = label === 'transport' ? [] : [label]
  const text = `
SELECT DISTINCT ${label} AS value
FROM (${edgeRows({ range, matchers: [], self: false, columns }, params)})
WHERE ${label} != '' AND startsWith(${label}, ${params.add(prefix, 'String')})
ORDER BY value
LIMIT ${params.add(limit, 'UInt32')}`
  return { name: 'values', text, params: params.values }
}
