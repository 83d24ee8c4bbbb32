import type { Configuration } from 'webpack'

/** What Grafana shares with plugins at run time, as @grafana/create-plugin lists it, as far as it is used here. */
export const externals: NonNullable<Configuration['externals']> = [
  // AMD's own: where this module came from.
  { 'amd-module': 'module' },
  'react',
  'react-dom',
  'rxjs',
  '@emotion/css',
  /^@grafana\/ui/i,
  /^@grafana\/runtime/i,
  /^@grafana\/data/i,
]
