import type { Dashboard } from '@grafana/schema'
import { agents } from './agents.ts'
import { cost } from './cost.ts'
import { edge } from './edge.ts'
import { serviceMap } from './map.ts'
import { names } from './names.ts'
import { overview } from './overview.ts'
import { serviceHealth } from './service.ts'

/** By the name of their file. */
export const dashboards: Record<string, Dashboard> = {
  'fleet-overview': overview,
  'service-map': serviceMap,
  'service-health': serviceHealth,
  edge,
  'names-dns': names,
  'data-transfer-and-cost': cost,
  'agents-and-completeness': agents,
}
