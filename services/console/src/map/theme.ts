/** What the canvas is painted with, read from the CSS variables `--hw-*` (src/views/tokens.css has the defaults). */
export interface MapTheme {
  background: string
  dot: string
  surface: string
  text: string
  muted: string
  accent: string
  edge: string
  bad: string
  warn: string
  process: string
  address: string
  internet: string
  font: string
}

const VARIABLES: Record<keyof MapTheme, string> = {
  background: '--hw-map-bg',
  dot: '--hw-map-dot',
  surface: '--hw-surface',
  text: '--hw-text',
  muted: '--hw-muted',
  accent: '--hw-accent',
  edge: '--hw-edge',
  bad: '--hw-bad',
  warn: '--hw-warn',
  process: '--hw-process',
  address: '--hw-address',
  internet: '--hw-internet',
  font: '--hw-font',
}

export function themeOf(element: Element): MapTheme {
  const style = getComputedStyle(element)
  const entries = Object.entries(VARIABLES).map(([k, v]) => [k, style.getPropertyValue(v).trim() || '#888'])
  return Object.fromEntries(entries) as MapTheme
}
