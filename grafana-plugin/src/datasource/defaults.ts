import { CoreApp } from '@grafana/data'
import type { Query } from './types.js'

/** What a new query asks for, by where it is made. */
export function defaultsFor(app: CoreApp | string | undefined): Partial<Query> {
  if (app === CoreApp.Explore) return { queryType: 'edges', groupBy: 'service', format: 'table', filter: '' }
  if (app === CoreApp.UnifiedAlerting || app === CoreApp.CloudAlerting)
    return {
      queryType: 'series',
      groupBy: 'service',
      split: 'server',
      fields: ['failures'],
      format: 'frames',
      filter: '',
    }
  return { queryType: 'map', groupBy: 'service', format: 'frames', filter: '' }
}
