import { join } from 'node:path'
import { rulesFile } from './alerts/file.ts'
import { dashboards } from './dashboards/all.ts'

const plugin = join(import.meta.dirname, '..')
export const dashboardFolder = join(plugin, 'src', 'dashboards')
export const rulesPath = join(plugin, '..', 'deploy', 'grafana', 'provisioning', 'alerting', 'headwater.yaml')

/** Everything that is generated: path and text. */
export const files = (): Map<string, string> =>
  new Map([
    ...Object.entries(dashboards).map(([name, dashboard]): [string, string] => [
      join(dashboardFolder, `${name}.json`),
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
    [rulesPath, rulesFile()],
  ])
