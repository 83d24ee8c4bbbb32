import '../look/publicPath.js'
import { PanelPlugin } from '@grafana/data'
import { type HealthOptions, HealthPanel } from './HealthPanel.js'

export const plugin = new PanelPlugin<HealthOptions>(HealthPanel).setNoPadding().setPanelOptions((builder) =>
  builder
    .addBooleanSwitch({
      path: 'all',
      name: 'All services',
      description: 'Off: only those that are unhealthy or degraded.',
      defaultValue: true,
    })
    .addBooleanSwitch({
      path: 'completeness',
      name: 'Completeness',
      description: 'How much of the truth the answer holds.',
      defaultValue: true,
    }),
)
