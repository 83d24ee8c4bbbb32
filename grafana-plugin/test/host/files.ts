import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { type Grafana, grafanas } from './build.js'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.ttf': 'font/ttf',
}
export const dist = join(import.meta.dirname, '..', '..', 'dist')
/** Grafana serves a nested plugin under its own id, from its own folder. */
const folders: Record<string, string> = {
  'headwater-app': dist,
  'headwater-datasource': join(dist, 'datasource'),
  'headwater-map-panel': join(dist, 'map-panel'),
  'headwater-health-panel': join(dist, 'health-panel'),
}

const boot = (theme: string): object => ({
  user: { orgId: 1, lightTheme: theme === 'light', theme, locale: 'en-US', language: 'en-US', permissions: {} },
  settings: {
    appSubUrl: '',
    appUrl: '/',
    buildInfo: { version: '12.4.0', env: 'test' },
    featureToggles: {},
    bootData: {},
    datasources: {},
    panels: {},
    apps: {},
    licenseInfo: {},
  },
  navTree: [],
  themePaths: { light: '', dark: '' },
})
const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>host</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/host/main.css"><style>body { margin: 0 }</style>
<script>window.__grafana_public_path__ = '/public/'; window.grafanaBootData = ${JSON.stringify(boot('dark'))}</script>
</head><body><div id="root"></div><script type="module" src="/host/main.js"></script></body></html>`

function pathOf(grafana: Grafana, page: string, path: string): string | undefined {
  if (path.startsWith('/host/')) return join(page, path.slice(6))
  if (path.startsWith('/public/build/'))
    return join(grafanas[grafana], 'node_modules', '@grafana', 'ui', 'dist', 'public', path.slice(14))
  const [, id, file] = /^\/public\/plugins\/([\w-]+)\/(.+)$/.exec(path) ?? []
  const folder = folders[id ?? '']
  return folder && file ? join(folder, file) : undefined
}

/** The host page, Grafana's own files and the built plugin, where Grafana serves them. */
export async function fileOf(
  grafana: Grafana,
  page: string,
  path: string,
): Promise<{ type: string; body: Buffer | string } | undefined> {
  if (path === '/') return { type: 'text/html', body: html }
  const file = pathOf(grafana, page, normalize(path))
  const body = file && (await readFile(file).catch(() => undefined))
  return body ? { type: TYPES[extname(path)] ?? 'application/octet-stream', body } : undefined
}
