import '../look/publicPath.js'
import { PanelPlugin } from '@grafana/data'
import { MapPanel } from './MapPanel.js'
import type { MapOptions } from './options.js'

export const plugin = new PanelPlugin<MapOptions>(MapPanel).setNoPadding().setPanelOptions((builder) =>
  builder
    .addBooleanSwitch({
      path: 'names',
      name: 'Names',
      description: 'Of the nodes. Marks of what is unwell are always shown.',
      defaultValue: true,
    })
    .addBooleanSwitch({
      path: 'details',
      name: 'Details',
      description: 'A click on a node or an edge tells its figures, with links to its flows.',
      defaultValue: true,
    })
    .addBooleanSwitch({
      path: 'completeness',
      name: 'Completeness',
      description: 'How much of the truth the map holds.',
      defaultValue: true,
    })
    .addRadio({
      path: 'layout',
      name: 'Layout',
      description:
        'Where places are worked out. Without workers (by a content security policy) it is inline by itself.',
      defaultValue: 'worker',
      settings: {
        options: [
          { value: 'worker', label: 'In a worker' },
          { value: 'inline', label: 'Inline' },
        ],
      },
    }),
)
