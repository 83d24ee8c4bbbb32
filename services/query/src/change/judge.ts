import type { EdgeChange, EdgeStats } from '@headwater/contracts'

/** What is compared of an edge. */
export type Compared = NonNullable<EdgeChange['before']>

/**
 * From when on a figure counts as changed: by this factor either way, and by at least so much, which random traffic of the
 * same rate rarely reaches. The figures compared with are scaled to the length of the range asked for first.
 */
export const changeThresholds = {
  factor: 2,
  connects: 20,
  failures: 5,
  bytes: 1_000_000,
} as const

export const comparedNames = ['client_to_server_bytes', 'server_to_client_bytes', 'connects', 'failures'] as const

export const compared = (edge: Compared | EdgeStats, scale = 1): Compared => ({
  client_to_server_bytes: edge.client_to_server_bytes * scale,
  server_to_client_bytes: edge.server_to_client_bytes * scale,
  connects: edge.connects * scale,
  failures: edge.failures * scale,
})

export const addCompared = (a: Compared, b: Compared): Compared => {
  const sum = { ...a }
  for (const name of comparedNames) sum[name] += b[name]
  return sum
}

const differs = (before: number, after: number, least: number): boolean =>
  Math.abs(after - before) >= least && Math.max(before, after) >= changeThresholds.factor * Math.min(before, after)

const figure = (value: number): string => String(Math.round(value * 10) / 10)

const bytes = (value: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${figure(value / 1000 ** power)} ${units[power]}`
}

/** "connections 3.2x", or both figures where one is 0. */
function told(name: string, before: number, after: number, show: (value: number) => string): string {
  return before === 0 || after === 0
    ? `${name} ${show(before)} -> ${show(after)}`
    : `${name} ${figure(after / before)}x (${show(before)} -> ${show(after)})`
}

const rounded = (value: number): string => String(Math.round(value))

/** What changed on an edge that is in both ranges, in words; empty where nothing did. */
export function difference(before: Compared, after: Compared): string {
  const { connects, failures, bytes: leastBytes } = changeThresholds
  const parts: string[] = []
  if (differs(before.failures, after.failures, failures))
    parts.push(told('failures', before.failures, after.failures, rounded))
  if (differs(before.connects, after.connects, connects))
    parts.push(told('connections', before.connects, after.connects, rounded))
  if (differs(before.client_to_server_bytes, after.client_to_server_bytes, leastBytes))
    parts.push(told('bytes to the server', before.client_to_server_bytes, after.client_to_server_bytes, bytes))
  if (differs(before.server_to_client_bytes, after.server_to_client_bytes, leastBytes))
    parts.push(told('bytes to the client', before.server_to_client_bytes, after.server_to_client_bytes, bytes))
  return parts.join(', ')
}

/** The table of docs/health.md, made of the constants. */
export function changeTable(): string {
  const { factor, connects, failures, bytes: least } = changeThresholds
  const rows = [
    ['connections', `${factor}x`, String(connects)],
    ['failures', `${factor}x`, String(failures)],
    ['bytes, either way', `${factor}x`, bytes(least)],
  ]
  return [
    '| figure | by a factor of | and by at least |',
    '| --- | --- | --- |',
    ...rows.map((r) => `| ${r.join(' | ')} |`),
  ].join('\n')
}
