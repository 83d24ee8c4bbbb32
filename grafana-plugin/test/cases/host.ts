/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Source } from '../../backend/test/grafana.ts'
import type { Variable } from '../host/page/templates.js'
import type { HostServer } from '../host/server.js'

export interface Asked {
  queries: object[]
  filters?: object[]
  variables?: Variable[]
  from?: number
  to?: number
}

export interface RunAnswer {
  frames: {
    name?: string
    meta?: { preferredVisualisationType?: string; custom?: Record<string, unknown> }
    fields: { name: string; values: unknown[]; config: Record<string, unknown>; labels?: Record<string, string> }[]
  }[]
  errors: string[]
}

/** The host page's own functions (test/host/page/main.tsx), called from a test. */
export class Host {
  constructor(
    readonly page: Page,
    readonly server: HostServer,
    /** The time range of all that is asked without one. */
    readonly range: { from: number; to: number },
  ) {}

  /** The range as parameters of the API. */
  get asText(): { from: string; to: string } {
    return { from: String(this.range.from), to: String(this.range.to) }
  }

  /** Makes the data source another one. */
  configure(to: Partial<Source>): void {
    Object.assign(this.server, { source: { ...this.server.source, ...to } })
  }

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
    this.call('panel', folder, { ...this.range, ...asked }, options)
  table = (asked: Asked): Promise<void> => this.call('table', { ...this.range, ...asked })
  dashboard = (json: object, asked: Omit<Asked, 'queries'>, width = 1600): Promise<void> =>
    this.call('dashboard', json, { ...this.range, ...asked }, width)
  run = (asked: Asked): Promise<RunAnswer> => this.call('run', { ...this.range, ...asked })
  editor = (kind: 'query' | 'annotation' | 'variable' | 'config', start: object): Promise<void> =>
    this.call('editor', kind, start, { queries: [], ...this.range })
  open = (path: string, search = ''): Promise<void> => this.call('page', path, search)
  method = <T>(name: string, ...given: unknown[]): Promise<T> => this.call('call', name, ...given)
  variable = (label: string): Promise<{ text: string; value: string }[]> =>
    this.call('variable', label, { queries: [], ...this.range })
  /** Waits until the panel's notice has such a text. */
  async notice(sentence: RegExp): Promise<void> {
    const text = this.page.getByTestId('notice').locator('p')
    await expect.poll(() => text.textContent({ timeout: 1_000 }).catch(() => ''), { timeout: 15_000 }).toMatch(sentence)
  }
  /** What the editor made of its query so far. */
  value = <T>(): Promise<T> =>
    this.page.evaluate(() => (window as unknown as { host: { value: unknown } }).host.value) as Promise<T>
}

/** The host page, loaded anew where it is to be fresh. */
export type Open = (fresh?: boolean) => Promise<Host>

/** All values of a column of an answer. */
export const column = ({ frames }: RunAnswer, name: string): unknown[] =>
  frames.flatMap((f) => f.fields).find((f) => f.name === name)?.values ?? []

/** Where the first link with this text leads to; as people would read it unless it is to be followed. */
export async function hrefOf(page: Page, text: string, read = true): Promise<string> {
  const link = page.locator('a', { hasText: text }).first()
  await link.waitFor()
  const href = (await link.getAttribute('href')) ?? ''
  return read ? decodeURIComponent(href).replace(/\+/g, ' ') : href
}
