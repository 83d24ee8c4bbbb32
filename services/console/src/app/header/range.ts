import { duration, stamp } from '../../format/time.js'

export const presets = [
  { from: 'now-5m', text: 'Last 5 minutes', short: '5 min' },
  { from: 'now-15m', text: 'Last 15 minutes', short: '15 min' },
  { from: 'now-1h', text: 'Last hour', short: '1 h' },
  { from: 'now-6h', text: 'Last 6 hours', short: '6 h' },
  { from: 'now-24h', text: 'Last 24 hours', short: '24 h' },
] as const

const shown = (text: string): string => (/^\d+$/.test(text) ? stamp(Number(text)) : text)

/** What the range is called: `Last 15 minutes`, or both its ends. */
export function rangeText(from: string, to: string): string {
  const preset = to === 'now' ? presets.find((p) => p.from === from) : undefined
  return preset?.text ?? `${shown(from)} to ${shown(to)}`
}

/** As short as a button on a phone. */
export function rangeShort(from: string, to: string): string {
  const preset = to === 'now' ? presets.find((p) => p.from === from) : undefined
  if (preset) return preset.short
  return /^\d+$/.test(from) && /^\d+$/.test(to) ? duration(Number(to) - Number(from)) : 'custom'
}

const two = (n: number): string => String(n).padStart(2, '0')

/** Unix ms as the value of a datetime-local field, in local time. */
export function fieldOf(ms: number): string {
  const d = new Date(ms)
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
}

/** Unix ms of such a field; undefined where it is empty or no date. */
export function msOf(field: string): number | undefined {
  const ms = new Date(field).getTime()
  return Number.isNaN(ms) ? undefined : ms
}
