const two = (n: number): string => String(n).padStart(2, '0')

/** Local time of day: 14:03:07. */
export function clock(ms: number): string {
  const d = new Date(ms)
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
}

/** Local date and time: 2026-11-23 14:03:07. */
export function stamp(ms: number): string {
  const d = new Date(ms)
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock(ms)}`
}

/** A length of time in its largest unit: 15 min, 2 h, 3 d. */
export function duration(ms: number): string {
  const s = Math.round(ms / 1000)
  if (s < 100) return `${s} s`
  if (s < 6000) return `${Math.round(s / 60)} min`
  if (s < 48 * 3600) return `${Math.round((s / 3600) * 10) / 10} h`
  return `${Math.round((s / 86_400) * 10) / 10} d`
}

/** How long ago, coarse: now, 12 s ago, 3 min ago. */
export const ago = (ms: number): string => (ms < 1500 ? 'now' : `${duration(ms)} ago`)
