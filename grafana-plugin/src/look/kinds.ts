import type { FieldType, LoadingState } from '@grafana/data'

/** Grafana's enums by value: with types alone imported, what reads frames is tested without a browser, which @grafana/data wants. */
export const number = 'number' as FieldType.number
export const time = 'time' as FieldType.time
export const loading: readonly string[] = ['NotStarted', 'Loading'] satisfies `${LoadingState}`[]
