/**
 * Written for this plugin after the conventions of @grafana/create-plugin: AMD modules, Grafana's shared packages as
 * externals, one folder of dist/ per plugin. Each plugin is a build of its own: Grafana serves a nested plugin's folder
 * under the plugin's own address, so that nothing outside of it can be loaded from there.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import CopyPlugin from 'copy-webpack-plugin'
import type { Configuration, RuleSetRule } from 'webpack'
import { Budget } from './budget.ts'
import { externals } from './externals.ts'

const require = createRequire(import.meta.url)
const root = join(import.meta.dirname, '..', '..')
const version = (require('../../package.json') as { version: string }).version

/** Folder of src and dist, id, gzipped bytes allowed. */
const plugins = [
  { folder: '', id: 'headwater-app', limit: 200_000 },
  { folder: 'datasource', id: 'headwater-datasource', limit: 60_000 },
  { folder: 'map-panel', id: 'headwater-map-panel', limit: 150_000 },
  { folder: 'health-panel', id: 'headwater-health-panel', limit: 150_000 },
]

const rules: RuleSetRule[] = [
  {
    test: /\.tsx?$/,
    exclude: /node_modules/,
    loader: 'swc-loader',
    options: {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', tsx: true },
        transform: { react: { runtime: 'automatic' } },
      },
    },
  },
  { test: /\.css$/, use: ['style-loader', 'css-loader'], sideEffects: true },
  // Nothing happens on import of these, so what is not used is left out.
  { test: /services[\\/](console|contracts)[\\/]dist[\\/].*\.js$/, sideEffects: false },
]

/** plugin.json with the version and day of this build. */
const stamped = (content: Buffer): string =>
  content.toString().replaceAll('%VERSION%', version).replaceAll('%TODAY%', new Date().toISOString().slice(0, 10))

const files = (folder: string) => [
  { from: 'plugin.json', transform: stamped },
  { from: 'img/*', noErrorOnMissing: true },
  ...(folder === ''
    ? [
        { from: 'README.md' },
        { from: join(root, 'CHANGELOG.md') },
        { from: join(root, '..', 'LICENSE') },
        { from: 'dashboards/*.json', noErrorOnMissing: true },
      ]
    : []),
]

const config = (mode: 'production' | 'development'): Configuration[] =>
  plugins.map(({ folder, id, limit }) => ({
    name: id,
    mode,
    context: join(root, 'src', folder),
    entry: { module: './module' },
    devtool: 'source-map',
    externals,
    module: { rules },
    resolve: {
      extensions: ['.ts', '.tsx', '.js'],
      // Sources name the files that TypeScript would write.
      extensionAlias: { '.js': ['.ts', '.tsx', '.js'] },
      alias: {
        // Elements made by React's own createElement, of whichever version Grafana brings: see src/look/jsx.ts.
        'react/jsx-runtime$': join(root, 'src', 'look', 'jsx.ts'),
      },
    },
    output: {
      path: join(root, 'dist', folder),
      filename: '[name].js',
      chunkFilename: '[name].js',
      library: { type: 'amd' },
      publicPath: '',
      uniqueName: id,
    },
    performance: { hints: false },
    plugins: [new CopyPlugin({ patterns: files(folder) }), ...(mode === 'production' ? [new Budget(id, limit)] : [])],
    stats: 'errors-warnings',
  }))

export default config
