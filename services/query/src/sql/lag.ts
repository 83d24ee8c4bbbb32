import type { TimeRange } from '../time/range.js'
import { Params } from './params.js'
import { between } from './rows.js'
import type { Statement } from './statement.js'

/** What was told last of one partition of the bus. */
export interface LagRow {
  topic: string
  partition: number
  replica: string
  /** Unix ms */
  told: number
  messages: number
  seconds: number
}

/** Of each partition what was told last in the range: it may have gone from one replica to another. */
export function lagStatement(range: TimeRange): Statement {
  const params = new Params()
  const text = `
SELECT toString(topic) AS topic, partition, toString(replica) AS replica, toUnixTimestamp64Milli(time) AS told, messages, seconds
FROM bus_lag WHERE ${between(range, params)}
ORDER BY topic, partition, time DESC LIMIT 1 BY topic, partition`
  return { name: 'lag', text, params: params.values }
}
