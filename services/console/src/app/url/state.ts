import type { Grouping } from '@headwater/contracts'
import type { Selection } from '../../map/hit.js'
import type { Sort } from '../../views/table/sort.js'

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
export const pages = ['map', 'health', 'cost', 'fleet'] as const
export type Page = (typeof pages)[number]
/** What the map is compared with. */
export const comparisons = ['off', 'previous', '1h', '1d', '1w'] as const
export type Comparison = (typeof comparisons)[number]
export const changeKinds = ['new', 'gone', 'changed'] as const
export type ChangeKind = (typeof changeKinds)[number]
export const views = ['map', 'split', 'table'] as const
export type View = (typeof views)[number]

/** Ms between refreshes; undefined: none. */
export const refreshes = { off: undefined, live: 1_000, '5s': 5_000, '30s': 30_000 } as const
export type Refresh = keyof typeof refreshes

/** All that a link restores. */
export interface ConsoleState {
  page: Page
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
  compare: Comparison
  /** Only edges of these changes stand out; none: all. */
  changes: readonly ChangeKind[]
  /** Of the page's table; undefined: its usual order. */
  sort: Sort | undefined
  /** What is open on the page: a service of health, a pair of cost, an agent of the fleet. */
  open: string | undefined
}

export const initialState: ConsoleState = {
  page: 'map',
  from: 'now-15m',
  to: 'now',
  group: 'service',
  search: '',
  self: false,
  view: 'split',
  refresh: 'live',
  selection: undefined,
  compare: 'off',
  changes: [],
  sort: undefined,
  open: undefined,
}

const TIME = /^(now(-\d{1,9}(ms|s|m|h|d|w))?|\d{1,16}|\d{4}-\d\d-\d\dT[\d:.+Z-]{5,24})$/
const oneOf = <T extends string>(all: readonly T[], value: string | null, standard: T): T =>
  all.find((v) => v === value) ?? standard

/** `failures` or, the largest first, `-failures`. */
function sortOf(text: string | null): Sort | undefined {
  const found = /^(-?)([a-z][a-z_]{0,40})$/.exec(text ?? '')
  return found?.[2] === undefined ? undefined : { column: found[2], descending: found[1] === '-' }
}

/** Reads a query string; what is missing or not allowed is the default (`base` for a host with other defaults). */
export function parseState(query: string, base: ConsoleState = initialState): ConsoleState {
  const p = new URLSearchParams(query)
  const time = (name: string, standard: string): string => {
    const value = p.get(name)
    return value !== null && TIME.test(value) ? value : standard
  }
  const [node, edge] = [p.get('node'), p.get('edge')]
  const changes = (p.get('changes') ?? '').split(',')
  return {
    page: oneOf(pages, p.get('page'), base.page),
    from: time('from', base.from),
    to: time('to', base.to),
    group: oneOf(groupings, p.get('group'), base.group),
    search: (p.get('q') ?? base.search).slice(0, 4096),
    self: p.has('self') ? p.get('self') === '1' : base.self,
    view: oneOf(views, p.get('view'), base.view),
    refresh: oneOf(Object.keys(refreshes) as Refresh[], p.get('refresh'), base.refresh),
    selection: node !== null ? { type: 'node', id: node } : edge !== null ? { type: 'edge', id: edge } : undefined,
    compare: oneOf(comparisons, p.get('compare'), base.compare),
    changes: changeKinds.filter((c) => changes.includes(c)),
    sort: sortOf(p.get('sort')),
    open: p.get('open')?.slice(0, 2048),
  }
}

/** The query string of a state, with `?`; empty where all is as in `base`. */
export function formatState(s: ConsoleState, base: ConsoleState = initialState): string {
  const p = new URLSearchParams()
  if (s.page !== base.page) p.set('page', s.page)
  if (s.from !== base.from || s.to !== base.to) {
    p.set('from', s.from)
    p.set('to', s.to)
  }
  if (s.group !== base.group) p.set('group', s.group)
  if (s.search !== base.search) p.set('q', s.search)
  if (s.self !== base.self) p.set('self', s.self ? '1' : '0')
  if (s.view !== base.view) p.set('view', s.view)
  if (s.refresh !== base.refresh) p.set('refresh', s.refresh)
  if (s.compare !== base.compare) p.set('compare', s.compare)
  if (s.changes.length > 0) p.set('changes', s.changes.join())
  if (s.sort) p.set('sort', (s.sort.descending ? '-' : '') + s.sort.column)
  if (s.open !== undefined) p.set('open', s.open)
  if (s.selection) p.set(s.selection.type, s.selection.id)
  const text = p.toString()
  return text === '' ? '' : `?${text}`
}

/** A range that ends now moves on with each refresh; a fixed one is asked for once. */
export const isMoving = (s: Pick<ConsoleState, 'to'>): boolean => s.to === 'now'

/** The same range and search on another page. What was opened and how it was sorted stays behind. */
export const onPage = (s: ConsoleState, page: Page): ConsoleState =>
  s.page === page
    ? s
    : {
        ...s,
        page,
        sort: undefined,
        open: undefined,
        selection: page === 'map' || page === 'health' ? s.selection : undefined,
      }
