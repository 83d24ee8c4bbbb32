import {
  type FieldConfig,
  type FieldConfigSource,
  MappingType,
  type ThresholdsConfig,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/schema'
import type { Link } from './links.ts'

type Override = FieldConfigSource['overrides'][number]

const override = (name: string | RegExp, id: string, value: unknown): Override => ({
  matcher: typeof name === 'string' ? { id: 'byName', options: name } : { id: 'byRegexp', options: `/${name.source}/` },
  properties: [{ id, value }],
})

export const linked = (name: string | RegExp, ...links: Link[]): Override => override(name, 'links', links)
export const hidden = (name: string | RegExp): Override => override(name, 'custom.hideFrom.viz', true)
export const wide = (name: string, px: number): Override => override(name, 'custom.width', px)

const states: ValueMapping = {
  type: MappingType.ValueToText,
  options: {
    unhealthy: { color: 'red', index: 0, text: 'unhealthy' },
    degraded: { color: 'orange', index: 1, text: 'degraded' },
    healthy: { color: 'green', index: 2, text: 'healthy' },
    unknown: { color: 'text', index: 3, text: 'unknown' },
    // Of nodes.
    silent: { color: 'red', index: 4, text: 'silent' },
    stopped: { color: 'text', index: 5, text: 'stopped' },
    live: { color: 'green', index: 6, text: 'live' },
  },
}

/** A column of states, in the colours that they have everywhere. */
export const stateColumn: Override = {
  matcher: { id: 'byName', options: 'state' },
  properties: [
    { id: 'mappings', value: [states] },
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
    { id: 'custom.width', value: 100 },
  ],
}

/** `state_level` as a word. */
export const levels: ValueMapping = {
  type: MappingType.ValueToText,
  options: {
    '0': { color: 'green', index: 0, text: 'healthy' },
    '1': { color: 'orange', index: 1, text: 'degraded' },
    '2': { color: 'red', index: 2, text: 'unhealthy' },
  },
}

/** Colours from a value on; the first one from the least value on. */
export const steps = (first: string, ...more: [number, string][]): ThresholdsConfig => ({
  mode: ThresholdsMode.Absolute,
  steps: [{ value: null, color: first }, ...more.map(([value, color]) => ({ value, color }))],
})

export const plain = steps('text')

export const fields = <T>(defaults: FieldConfig<T>, overrides: Override[] = []): FieldConfigSource<T> => ({
  defaults,
  overrides,
})
export type { Override }
