import type { Handlers } from '../plugin/messages.ts'
import { queryData } from './data.ts'
import { checkHealth } from './health.ts'
import { Metrics } from './metrics.ts'
import { callResource } from './resource.ts'

export function createHandlers(): Handlers {
  const metrics = new Metrics()
  return { queryData: queryData(metrics), checkHealth, callResource, collectMetrics: () => metrics.text() }
}
