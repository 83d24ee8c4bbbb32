import type { Grouping } from '@headwater/contracts'
import type { Selection } from '../../map/hit.js'

/** The API's groupings; a test compares them with the contract. */
export const groupings: readonly Grouping[] = [
  'service',
  'process',
  'node',
  'namespace',
  'cluster',
  'zone',
  'region',
  'address',
]
export const views = ['map', 'split', 'table'] as const
export type View = (typeof views)[number]

/** Ms between refreshes; undefined: none. */
export const refreshes = { off: undefined, live: 1_000, '5s': 5_000, '30s': 30_000 } as const
export type Refresh = keyof typeof refreshes

/** All that a link restores. */
export interface ConsoleState {
  /** As the API takes it: `now-15m`, or epoch ms. */
  from: string
  to: string
  group: Grouping
  /** Plain text, or a matcher `{...}`. */
  search: string
  /** Headwater's own connections too. */
  self: boolean
  view: View
  refresh: Refresh
  selection: Selection | undefined
}

export const initialState: ConsoleState = {
  from: 'now-15m',
  to: 'now',
  group: 'service',
  search: '',
  self: false,
  view: 'split',
  refresh: 'live',
  selection: undefined,
}

const TIME = /^(now(-\d{1,9}(ms|s|m|h|d|w))?|\d{1,16}|\d{4}-\d\d-\d\dT[\d:.+Z-]{5,24})$/
const oneOf = <T extends string>(all: readonly T[], value: string | null, standard: T): T =>
  all.find((v) => v === value) ?? standard

/** Reads a query string; what is missing or not allowed is the default (`base` for a host with other defaults). */
export function parseState(query: string, base: ConsoleState = initialState): ConsoleState {
  const p = new URLSearchParams(query)
  const time = (name: string, standard: string): string => {
    const value = p.get(name)
    return value !== null && TIME.test(value) ? value : standard
  }
  const [node, edge] = [p.get('node'), p.get('edge')]
  return {
    from: time('from', base.from),
    to: time('to', base.to),
    group: oneOf(groupings, p.get('group'), base.group),
    search: (p.get('q') ?? base.search).slice(0, 4096),
    self: p.has('self') ? p.get('self') === '1' : base.self,
    view: oneOf(views, p.get('view'), base.view),
    refresh: oneOf(Object.keys(refreshes) as Refresh[], p.get('refresh'), base.refresh),
    selection: node !== null ? { type: 'node', id: node } : edge !== null ? { type: 'edge', id: edge } : undefined,
  }
}

/** The query string of a state, with `?`; empty where all is as in `base`. */
export function formatState(s: ConsoleState, base: ConsoleState = initialState): string {
  const p = new URLSearchParams()
  if (s.from !== base.from || s.to !== base.to) {
    p.set('from', s.from)
    p.set('to', s.to)
  }
  if (s.group !== base.group) p.set('group', s.group)
  if (s.search !== base.search) p.set('q', s.search)
  if (s.self !== base.self) p.set('self', s.self ? '1' : '0')
  if (s.view !== base.view) p.set('view', s.view)
  if (s.refresh !== base.refresh) p.set('refresh', s.refresh)
  if (s.selection) p.set(s.selection.type, s.selection.id)
  const text = p.toString()
  return text === '' ? '' : `?${text}`
}

/** A range that ends now moves on with each refresh; a fixed one is asked for once. */
export const isMoving = (s: Pick<ConsoleState, 'to'>): boolean => s.to === 'now'
