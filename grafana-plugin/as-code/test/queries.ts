import type { Dashboard, Panel } from '@grafana/schema'
import type { Target } from '../lib/query.ts'

export const panelsOf = (dashboard: Dashboard): Panel[] =>
  (dashboard.panels ?? []).flatMap((p) => ('targets' in p ? [p as Panel] : []))

export interface Placed {
  where: string
  target: Target
}

/** Every query of a dashboard: of its panels and its annotations. */
export const queriesOf = (dashboard: Dashboard): Placed[] => [
  ...panelsOf(dashboard).flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({ where: panel.title ?? '', target: target as Target })),
  ),
  ...(dashboard.annotations?.list ?? []).flatMap((a) =>
    a.target && a.builtIn !== 1 ? [{ where: `annotations ${a.name}`, target: a.target as Target }] : [],
  ),
]

const REFERENCE = /\$(\w+)|\$\{([\w.]+)(?::\w+)?\}/g

/** Names of the variables that a text refers to; Grafana's own (`__...`) left out. */
export const variablesIn = (text: string): string[] =>
  [...text.matchAll(REFERENCE)].map((m) => m[1] ?? m[2] ?? '').filter((name) => !name.startsWith('__'))

/** A text with variables put in, a value each. */
export const filled = (text: string, values: Record<string, string>): string =>
  text.replace(REFERENCE, (found, short, long) => values[short ?? long] ?? found)
