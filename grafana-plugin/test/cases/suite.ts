/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import type { Variable } from '../host/page/templates.js'
import type { HostServer } from '../host/server.js'

export interface Asked {
  queries: object[]
  filters?: object[]
  variables?: Variable[]
  from?: number
  to?: number
}

/** Nine minutes past a whole hour: what the made-up API says of it is the same at each run. */
export const TO = Date.UTC(2026, 0, 5, 10, 9)
export const range = { from: TO - 900_000, to: TO }
export const asText = { from: String(range.from), to: String(range.to) }

export interface RunAnswer {
  frames: {
    name?: string
    meta?: { custom?: Record<string, unknown> }
    fields: { name: string; values: unknown[]; config: Record<string, unknown> }[]
  }[]
  errors: string[]
}

/** The host page's own functions (test/host/page/main.tsx), called from a test. */
export class Host {
  constructor(
    readonly page: Page,
    readonly server: HostServer,
  ) {}

  private call<T>(name: string, ...given: unknown[]): Promise<T> {
    return this.page.evaluate(
      ([f, args]) =>
        (window as unknown as { host: Record<string, (...a: unknown[]) => unknown> }).host[f as string]?.(
          ...(args as unknown[]),
        ),
      [name, given] as const,
    ) as Promise<T>
  }

  theme = (to: 'light' | 'dark'): Promise<void> => this.call('theme', to)
  panel = (folder: 'map-panel' | 'health-panel', asked: Asked, options: object = {}): Promise<void> =>
    this.call('panel', folder, { ...range, ...asked }, options)
  table = (asked: Asked): Promise<void> => this.call('table', { ...range, ...asked })
  run = (asked: Asked): Promise<RunAnswer> => this.call('run', { ...range, ...asked })
  editor = (kind: 'query' | 'annotation' | 'variable' | 'config', start: object): Promise<void> =>
    this.call('editor', kind, start)
  open = (path: string, search = ''): Promise<void> => this.call('page', path, search)
  method = <T>(name: string, ...given: unknown[]): Promise<T> => this.call('call', name, ...given)
  variable = (label: string): Promise<{ text: string; value: string }[]> => this.call('variable', label)
  /** What the editor made of its query so far. */
  value = <T>(): Promise<T> =>
    this.page.evaluate(() => (window as unknown as { host: { value: unknown } }).host.value) as Promise<T>
}

/** The host page, loaded anew where it is to be fresh. */
export type Open = (fresh?: boolean) => Promise<Host>
